"""Keep every decision with its evidence, and read the record."""
