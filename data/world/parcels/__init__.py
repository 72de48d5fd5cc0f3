"""Move the parcels of the simulated world, and open them."""
