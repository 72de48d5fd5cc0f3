"""What photos prove beside the condition."""
