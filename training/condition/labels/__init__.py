"""Hold what people marked on real photos."""
