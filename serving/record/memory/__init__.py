"""Find earlier returns in the record by what they share with one that is to be decided."""
