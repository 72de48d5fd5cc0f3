"""Fit, evaluate through serving, export and release the models."""
