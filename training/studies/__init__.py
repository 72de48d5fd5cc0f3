"""Ask one question each of a released model or of the trainer; no release needs them."""
