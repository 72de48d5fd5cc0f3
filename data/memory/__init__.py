"""Define what our own record knew of a return when it was decided."""
