"""Draw the people of the simulated world and their intent."""
