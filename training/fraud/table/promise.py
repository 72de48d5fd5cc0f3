"""Estimate what a model of a table will reach on later rows."""

from collections.abc import Mapping, Sequence

import numpy as np

from training.fraud.fraud_measures import MEASURES
from training.fraud.rows import Values
from training.fraud.table.blend import HeldOut, weigh
from training.metrics.bootstrap import Bootstrap
from training.metrics.figure import Figure, interval_of
from training.metrics.ranked import Measure


def promise(parts: Sequence[HeldOut], *, judged: Sequence[int]) -> Mapping[str, Figure]:
    """Return each measure on held-out rows, with an interval in which as many later rows should lie.

    judged: the parts that nothing was chosen by. The members are weighed and calibrated by the other parts. A
    measure is the mean over the parts, since each has trees of its own. Its interval counts the chance of
    these rows and of those to come, and what parts differ by beyond chance. Copies count each.
    """
    rows = []
    for place in judged:
        others = [part for number, part in enumerate(parts) if number != place]
        scores = weigh(others or [parts[place]]).probability(parts[place])
        rows.append(Bootstrap.by_row(parts[place].target.astype(bool), scores, seed=place))
    return {name: _figure(rows, measure) for name, measure in MEASURES.items()}


def _figure(rows: Sequence[Bootstrap], measure: Measure) -> Figure:
    values = np.array([measure(one.rows)[0] for one in rows])
    draws = np.stack([measure(one.drawn) for one in rows])
    value, drawn = float(values.mean()), draws.mean(axis=0)
    low, high = interval_of(drawn)
    # The rows to come scatter too, as those of one more part do, and so may their time.
    more = (_variance_between(values, draws) + np.nanvar(draws, axis=1).mean()) * (1.0 + 1.0 / len(rows))
    wider = float(np.sqrt(max(1.0, more / max(float(np.nanvar(drawn)), 1e-12))))
    low, high = max(0.0, value - wider * (value - low)), min(1.0, value + wider * (high - value))
    positives = sum(float(one.rows.positives.sum()) for one in rows)
    negatives = sum(float(one.rows.negatives.sum()) for one in rows)
    return Figure(value, low, high, int(positives), int(negatives))


def _variance_between(values: Values, draws: Values) -> float:
    """Return by how much the variance between parts exceeds what chance makes of equal parts."""
    if len(values) < 2 or not np.isfinite(values).all():
        return 0.0
    return max(0.0, float(np.var(values, ddof=1) - np.nanvar(draws, axis=1).mean()))
