"""Fit the signals beside a probability: the likely kind of abuse, and how unusual a return is."""
