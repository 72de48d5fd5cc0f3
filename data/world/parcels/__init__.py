"""Simulate the parcels: their way to the bench, and what is found in them."""
