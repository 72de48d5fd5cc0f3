"""Use the database of a record within time, and say in words why it fails."""
