"""Choose which simulated returns are reviewed, and review them."""
