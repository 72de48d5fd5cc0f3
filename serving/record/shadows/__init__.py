"""Keep and read what candidates decided beside the live system."""
