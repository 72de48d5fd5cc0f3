"""Write the labels that a record holds to a file."""
