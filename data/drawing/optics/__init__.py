"""Place a body before the camera, light it, and take the photo."""
