"""Draw intact devices: designs, bodies, and the look of each side."""
