"""Name the words of a return case and where cases and photos come from."""
