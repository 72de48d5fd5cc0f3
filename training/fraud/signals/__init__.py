"""Fit what is said beside a probability: the likely kind, and how unusual a return is."""
