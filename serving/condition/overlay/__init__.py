"""Draw what was found over the photos of a device."""
