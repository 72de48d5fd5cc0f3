"""Fit and measure the served fraud model on an operator's own returns."""
