"""Measure the condition model and its grades against what is true."""
