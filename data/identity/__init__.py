"""Read what names a device, and compare what was sold with what was read."""
