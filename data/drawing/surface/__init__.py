"""Hold what a drawn surface is made of, point by point, and the raster work beneath it."""
