"""Turn the logits of both looks into probabilities, thresholds and places, on validation photos only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from data.defect import DefectKind
from serving.sight import sigmoid
from training.condition.raw import DETAIL_SHARES, MAP_THRESHOLDS, RawLook
from training.metric import Labels, Scores

FALSE_ALARMS_MAX = 0.02
_THRESHOLD_RANGE = (0.5, 0.95)
_EACH_CLASS_MIN = 5


@dataclass(frozen=True)
class Calibration:
    """How the answers about one kind are read.

    Probability = sigmoid(device_slope * device logit + detail_slope * detail logit + intercept); a defect is
    reported from `threshold` on, where `detail_share` of the detail's map and the rest of the device's pass
    `map_threshold`. `base_rate` is the share of positives that the line was fitted on.
    """

    device_slope: float = 0.5
    detail_slope: float = 0.5
    intercept: float = 0.0
    threshold: float = 0.5
    detail_share: float = 0.5
    map_threshold: float = 0.5
    base_rate: float = 0.5

    @property
    def reading(self) -> dict[str, float]:
        """Return what turns the network's answers into a probability and a place."""
        names = ("device_slope", "detail_slope", "intercept", "detail_share", "map_threshold")
        return {name: getattr(self, name) for name in names}


def calibrate(looks: Sequence[RawLook], kind: DefectKind, channel: int) -> Calibration:
    """Fit one kind by logistic regression, real photos and drawn ones alike.

    The threshold lets at most FALSE_ALARMS_MAX of the negatives pass, of real photos and of drawn ones each.
    A kind with too few examples of either class keeps its logits as they are. Neither slope is negative: a
    look that says more must never mean less.
    """
    known = [item for item in looks if kind in item.labels]
    labels = np.array([item.labels[kind] for item in known], bool)
    logits = np.array([item.logits[:, channel] for item in known]).reshape(-1, 2)
    share, map_threshold = _best_place(looks, kind)
    slopes, intercept = _fit_line(logits, labels)
    probabilities = sigmoid(logits @ slopes + intercept)
    drawn = np.array([item.is_drawn for item in known], bool)
    return Calibration(
        device_slope=float(slopes[0]),
        detail_slope=float(slopes[1]),
        intercept=intercept,
        threshold=_threshold(probabilities, labels, drawn),
        detail_share=share,
        map_threshold=map_threshold,
        base_rate=float(labels.mean()) if labels.size else 0.5,
    )


def _fit_line(logits: npt.NDArray[np.float64], labels: Labels) -> tuple[npt.NDArray[np.float64], float]:
    if min(labels.sum(), (~labels).sum()) < _EACH_CLASS_MIN:
        return np.array([0.5, 0.5]), 0.0
    for looks in ([0, 1], [1], [0]):
        model = LogisticRegression(C=10.0, max_iter=1000).fit(logits[:, looks], labels)
        if (model.coef_[0] >= 0).all():
            slopes = np.zeros(2)
            slopes[looks] = model.coef_[0]
            return slopes, float(model.intercept_[0])
    # A head that has learnt nothing must not be turned upside down: it says the base rate, whatever it sees.
    return np.zeros(2), float(np.log(labels.mean() / (1.0 - labels.mean())))


def _best_place(looks: Sequence[RawLook], kind: DefectKind) -> tuple[float, float]:
    """Return the share of the detail and the threshold whose places overlap most with the drawn truth."""
    overlaps = [item.overlaps[kind] for item in looks if kind in item.overlaps]
    if not overlaps:
        return Calibration.detail_share, Calibration.map_threshold
    mean = np.mean(overlaps, axis=0)
    share, threshold = np.unravel_index(int(np.argmax(mean)), mean.shape)
    return DETAIL_SHARES[int(share)], MAP_THRESHOLDS[int(threshold)]


def _threshold(probabilities: Scores, labels: Labels, drawn: Labels) -> float:
    negatives = [probabilities[~labels & drawn], probabilities[~labels & ~drawn]]
    limits = [float(np.quantile(part, 1.0 - FALSE_ALARMS_MAX)) for part in negatives if part.size]
    low, high = _THRESHOLD_RANGE
    return float(np.clip(max(limits, default=low), low, high))
