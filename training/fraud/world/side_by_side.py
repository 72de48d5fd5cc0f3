"""Measure a served model, the points rule and a linear model on the same returns, moment by moment."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.fraud import Moment
from data.world.figures import TYPOLOGIES
from serving.fraud.model import FraudModel
from training.fraud.fraud_measures import MEASURES, measure_all
from training.fraud.points_rule import points, points_rules
from training.fraud.world.withheld import WithheldStudy
from training.fraud.world.world_rows import Measured
from training.metrics.bootstrap import Bootstrap, resampled_share
from training.metrics.figure import Figure
from training.metrics.ranked import Scores

Figures = dict[str, dict[str, Figure]]


@dataclass(frozen=True)
class Measures:
    """The measures of a fitted model on later returns, against truth."""

    served: Figures
    others: Figures
    kinds: dict[str, Figure]
    withheld: dict[str, WithheldStudy]


def served_figures(model: FraudModel, measured: Measured) -> Figures:
    """Return every measure at T0, T1 and T2, scored by the code that serves."""
    return {moment.value: _all(model, measured.at(moment)) for moment in Moment}


def side_by_side(measured: Measured, others: Mapping[str, Scores]) -> Figures:
    """Return AUC and AP at T2 of the points rules and of any other scores given for its rows."""
    rows = measured.at(Moment.T2)
    scores = {
        "points_rule": points(rows.matrix, points_rules()),
        "four_heaviest_points": points(rows.matrix, points_rules(only_four=True)),
        **others,
    }
    samples = {name: Bootstrap.by_row(rows.is_fraud, values) for name, values in scores.items()}
    return {
        name: {measure: sample.figure(MEASURES[measure]) for measure in ("auc", "average_precision")}
        for name, sample in samples.items()
    }


def kind_figures(model: FraudModel, measured: Measured) -> dict[str, Figure]:
    """Return how often the likeliest kind is the true one, of the frauds at T2: in all, and of each kind."""
    rows = measured.at(Moment.T2)
    rows = rows.where(rows.is_fraud)
    ranked = [[TYPOLOGIES.index(one.typology) for one in s.typologies] for s in model.signals(rows.matrix)]
    order = np.array(ranked, dtype=np.int64).reshape(-1, len(TYPOLOGIES))
    right = order[:, 0] == rows.typology
    among_two = right | (order[:, 1] == rows.typology)
    return {
        "likeliest": resampled_share(right),
        "among_likeliest_two": resampled_share(among_two),
        **{kind.value: resampled_share(right[rows.typology == code]) for code, kind in enumerate(TYPOLOGIES)},
    }


def _all(model: FraudModel, rows: Measured) -> dict[str, Figure]:
    return measure_all(rows.is_fraud, model.probabilities(rows.matrix).astype(np.float64))
