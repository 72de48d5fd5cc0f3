"""Turn averaged logits into probabilities and thresholds, on validation photos only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from data.defect import DefectKind
from serving.sight import sigmoid
from training.condition.score import Scored
from training.metric import Labels, Scores

FALSE_ALARMS_MAX = 0.02
_THRESHOLD_RANGE = (0.5, 0.95)
_EACH_CLASS_MIN = 5


@dataclass(frozen=True)
class Calibration:
    """Probability = sigmoid(slope * logit + intercept); a defect is reported from `threshold` on."""

    slope: float
    intercept: float
    threshold: float


def calibrate(scored: Sequence[Scored], kind: DefectKind) -> Calibration:
    """Fit one kind by logistic regression (Platt), real photos and drawn ones alike.

    The threshold lets at most FALSE_ALARMS_MAX of the negatives pass, of real photos and of drawn ones each.
    A kind with too few examples of either class keeps its logits as they are.
    """
    known = [row for row in scored if kind in row.labels]
    labels = np.array([row.labels[kind] for row in known], bool)
    logits = np.array([row.logits[kind] for row in known])
    slope, intercept = _fit_line(logits, labels)
    probabilities = sigmoid(slope * logits + intercept)
    drawn = np.array([row.is_drawn for row in known], bool)
    return Calibration(slope, intercept, _threshold(probabilities, labels, drawn))


def _fit_line(logits: Scores, labels: Labels) -> tuple[float, float]:
    if min(labels.sum(), (~labels).sum()) < _EACH_CLASS_MIN:
        return 1.0, 0.0
    model = LogisticRegression(C=10.0).fit(logits[:, None], labels)
    if model.coef_[0, 0] > 0:
        return float(model.coef_[0, 0]), float(model.intercept_[0])
    # A head that has learnt nothing must not be turned upside down: it says the base rate, whatever it sees.
    return 0.0, float(np.log(labels.mean() / (1.0 - labels.mean())))


def _threshold(probabilities: Scores, labels: Labels, drawn: Labels) -> float:
    negatives = [probabilities[~labels & drawn], probabilities[~labels & ~drawn]]
    limits = [float(np.quantile(part, 1.0 - FALSE_ALARMS_MAX)) for part in negatives if part.size]
    low, high = _THRESHOLD_RANGE
    return float(np.clip(max(limits, default=low), low, high))
