"""Read tables with columns of their own as cases, by a file that says what each column is."""
