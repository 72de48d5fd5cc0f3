"""Decide what happens to a device: gates first, then expected value."""
