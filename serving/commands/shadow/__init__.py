"""Tell what a candidate would have decided beside the live system."""
