"""Hold exchange rates: one home and one reader, for the score and for the policy."""
