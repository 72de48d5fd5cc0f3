"""Fit how the network's raw answers become probabilities, and what is said of validation photos."""
