"""Convert a probability into log odds, and back."""

import math


def log_odds(probability: float, *, edge: float) -> float:
    """Return log(p / (1 - p)), finite at 0 and 1.

    A probability counts as at least `edge` from either.
    """
    inside = min(max(probability, edge), 1.0 - edge)
    return math.log(inside / (1.0 - inside))


def probability_of(odds: float) -> float:
    """Return the probability whose odds have this logarithm."""
    return 1.0 / (1.0 + math.exp(-odds))
