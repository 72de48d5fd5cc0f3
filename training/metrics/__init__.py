"""Compute measures of scores, each with its n and an interval."""
