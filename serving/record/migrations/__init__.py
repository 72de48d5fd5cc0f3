"""Bring a record of an earlier release to the schema of today, step by step, without losing a row."""
