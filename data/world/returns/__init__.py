"""Draw what comes back, what is claimed of it, and what it shares with earlier returns."""
