"""Choose which simulated returns are reviewed, and draw what the reviews conclude."""
