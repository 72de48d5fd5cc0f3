"""Read X12 180 and 214."""
