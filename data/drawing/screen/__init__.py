"""Draw what a lit display shows."""
