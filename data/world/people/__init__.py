"""Draw the people of the simulated world, and what they are up to."""
