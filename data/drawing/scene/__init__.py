"""Place a device in its surroundings, photograph it, and list the defects the photo shows."""
