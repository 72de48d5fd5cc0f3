"""Measure a served model, the points rule and a linear model on the same returns, moment by moment."""

from collections.abc import Mapping

import numpy as np

from data.fraud import Moment
from serving.fraud import FraudModel
from serving.points import points, points_rules
from training.fraud.metrics import MEASURES, Figure, Scores, auc, average_precision, figure
from training.fraud.world_table import Measured

Figures = dict[str, dict[str, Figure]]


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
    return {
        name: {
            "auc": figure(auc, rows.is_fraud, values),
            "average_precision": figure(average_precision, rows.is_fraud, values),
        }
        for name, values in scores.items()
    }


def _all(model: FraudModel, rows: Measured) -> dict[str, Figure]:
    scores = model.probabilities(rows.matrix).astype(np.float64)
    return {name: figure(measure, rows.is_fraud, scores) for name, measure in MEASURES.items()}
