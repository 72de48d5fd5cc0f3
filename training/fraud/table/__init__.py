"""Learn from a table with any columns."""
