"""Hold what is given to be judged: photos as sent or as kept, and what was seen in them before."""
