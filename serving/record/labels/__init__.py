"""Turn what became known of returns into labels to learn from, each with how likely it was to be known."""
