"""Take kept decisions again from what is kept, and say whether they come out to the bit."""
