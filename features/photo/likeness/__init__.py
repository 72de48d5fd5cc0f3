"""Tell a photo that was taken once and sent again from another one of the same kind of device."""
