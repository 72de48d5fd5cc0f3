"""Hold the released models: files, no code. A regular package, so that they travel with the wheel."""
