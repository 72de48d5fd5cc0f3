"""Keep only the features and events that were known."""

from typing import TypeVar

import numpy as np

from data.case_columns import Floats, PriorColumns, ScanColumns
from features.case.segments import Mask

Events = TypeVar("Events", PriorColumns, ScanColumns)


def only_where(known: Mask, found: dict[str, Floats]) -> dict[str, Floats]:
    """Return the features with NaN where the case lacks what they are made of."""
    # The usual single case needs no pass over every feature.
    if known.all():
        return found
    return {name: np.where(known, values, np.nan) for name, values in found.items()}


def only_known(events: Events, known: Mask) -> Events:
    """Return the events that were known."""
    return events if known.all() else events.take(known)
