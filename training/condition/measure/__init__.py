"""Measure the condition model and its grades against the truth."""
