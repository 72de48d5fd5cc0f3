"""Read what people marked on real photos."""
