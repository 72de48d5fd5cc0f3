"""Define the material of a drawn surface at every point, and the raster work beneath it."""
