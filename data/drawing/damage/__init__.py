"""Draw damage and dirt onto the sides of a device, each with its exact mask."""
