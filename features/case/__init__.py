"""Define what the fraud model sees of a case."""
