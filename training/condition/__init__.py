"""Fit, calibrate, evaluate and release the condition model."""
