"""Measure how well scores tell, each figure with its n and an interval."""
