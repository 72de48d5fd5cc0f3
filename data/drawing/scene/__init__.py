"""Set a device into its surroundings, photograph it, and say what the photo shows."""
