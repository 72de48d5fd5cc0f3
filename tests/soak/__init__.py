"""Long runs that try what must hold under load and over many decisions."""
