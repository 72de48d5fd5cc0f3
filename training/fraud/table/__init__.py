"""Fit on a table with any columns."""
