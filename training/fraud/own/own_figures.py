"""Measure an adapted model beside the one it started from, on later outcomes of an operator's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.fraud import Moment
from training.fraud.fraud_measures import MEASURES
from training.fraud.own.adapt import Adapted, Start
from training.fraud.own.own_rows import OwnRows
from training.fraud.rows import Values
from training.metrics.bootstrap import ROW_DRAWS, Bootstrap, draw_groups, paired_gain
from training.metrics.figure import Figure
from training.metrics.ranked import Bools, Ranked, average_precision

Figures = Mapping[str, Figure]


@dataclass(frozen=True)
class OwnFigures:
    """Figures by moment against what reviews said, before and after, and the gain in average precision."""

    before: Mapping[str, Figures]
    after: Mapping[str, Figures]
    gain: Mapping[str, Figure]

    def lines(self) -> Iterator[str]:
        """Yield a line for each moment that could be measured."""
        for moment, figures in self.after.items():
            first = self.before[moment]
            names = ("auc", "average_precision", "calibration_error")
            told = ", ".join(
                f"{name.replace('_', ' ')} {figures[name]} (before {first[name]})" for name in names
            )
            gain, n = self.gain[moment], figures["auc"]
            yield (
                f"{moment}, {n.n:,} later outcomes, {n.positives:,} fraud: {told}; "
                f"gain in average precision {gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
            )

    def to_json(self) -> dict[str, Any]:
        """Return the figures for a manifest."""
        return {
            "measured_on": "later outcomes as reviews told them, weighted by how likely they were known",
            "interval": "95 % bootstrap over customers",
            **{
                name: {
                    moment: {measure: one.to_json() for measure, one in row.items()}
                    for moment, row in getattr(self, name).items()
                }
                for name in ("before", "after")
            },
            "gain_in_average_precision": {moment: one.to_json() for moment, one in self.gain.items()},
        }


def measure_own(adapted: Adapted, start: Start, later: OwnRows) -> OwnFigures:
    """Measure both models on later rows of known outcome, moment by moment."""
    scores = {
        "before": start.calibration.probability(start.raw(later.matrix), later.stage),
        "after": adapted.probability(later),
    }
    found: dict[str, dict[str, Figures]] = {"before": {}, "after": {}}
    gain = {}
    for moment in Moment:
        kept = at_moment(later, moment)
        rows = later.where(kept)
        if not rows.is_fraud.any() or rows.is_fraud.all():
            continue
        for name, values in scores.items():
            found[name][moment.value] = own_figures(rows, values[kept])
        gain[moment.value] = paired_gain(
            average_precision,
            rows.is_fraud,
            scores["after"][kept],
            scores["before"][kept],
            weight=weights_of(rows),
            groups=rows.customer,
        )
    return OwnFigures(found["before"], found["after"], gain)


def own_figures(rows: OwnRows, scores: Values) -> Figures:
    """Return every measure of rows of one moment, weighted, with intervals by draws of whole customers."""
    sample = weighted_sample(rows.is_fraud, scores, rows)
    counts = {"positives": int(rows.is_fraud.sum()), "negatives": int((~rows.is_fraud).sum())}
    return {name: replace(sample.figure(measure), **counts) for name, measure in MEASURES.items()}


def weighted_sample(truth: Bools, scores: Values, rows: OwnRows) -> Bootstrap:
    """Return rows that count for as many returns as they stand for, and draws of their customers."""
    weight = weights_of(rows)
    names, member = np.unique(rows.customer, return_inverse=True)
    drawn = draw_groups(member, len(names), ROW_DRAWS) * weight
    plain = Ranked.of(truth, scores, weight[None])
    return Bootstrap(plain, Ranked.of(truth, scores, drawn), len(names))


def weights_of(rows: OwnRows) -> Values:
    """Return for how many returns each row counts: itself alone where nobody can say."""
    return np.nan_to_num(rows.weight, nan=1.0)


def at_moment(rows: OwnRows, moment: Moment) -> Bools:
    """Return which rows are of a moment."""
    return np.asarray(rows.stage == int(moment.value[1]))
