"""Define what the condition model sees of a photo, and how good the photo is."""
