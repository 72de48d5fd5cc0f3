"""Fit, calibrate, evaluate and release the model that sees the condition of a device."""
