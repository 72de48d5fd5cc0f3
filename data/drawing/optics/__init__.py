"""Place a body before the camera, light it, and turn the light into a photo."""
