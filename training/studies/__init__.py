"""Answer one question each about a released model or the trainer; no release needs them."""
