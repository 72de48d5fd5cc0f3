"""Send each event of the record to those who want it, signed, until they have it."""
