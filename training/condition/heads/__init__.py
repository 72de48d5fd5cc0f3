"""Fit the heads for class and view anew, on top of a network that stays as it is."""
