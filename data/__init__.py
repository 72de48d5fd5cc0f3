"""Define the words of a return case, and read or draw cases and photos."""
