"""Let values that hardly any row had count as the worse ones beside them.

Where nothing lies between two kinds of values, a tree may cut anywhere in between: which side an unseen value
falls on is chance. A serial in which a fifth differs is a slip, one in which most differs another unit's, and
between them the simulated world has none; a cut just below the latter would take a serial of the same maker,
which shares its beginning, for a slip.
"""

from collections.abc import Mapping, Sequence

import lightgbm

from training.fraud.trees.rewrite import rewrite_splits

Gaps = Mapping[str, tuple[float, float]]


def close_gaps(booster: lightgbm.Booster, names: Sequence[str], gaps: Gaps) -> lightgbm.Booster:
    """Return the booster whose cuts within the gap of a feature, from its lower end on, lie at that end.

    gaps: by feature, the lower end, and the upper one, below which a cut still lies in the gap. Meant for
    features of which more never lowers the score.
    """
    if not gaps:
        return booster
    found = {place: gaps[name] for place, name in enumerate(names) if name in gaps}

    def change(feature: int, threshold: str, kind: str) -> tuple[str, str]:
        low, high = found.get(feature, (0.0, 0.0))
        return (repr(low) if low <= float(threshold) < high else threshold), kind

    return rewrite_splits(booster, change)
