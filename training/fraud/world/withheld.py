"""Measure how a model scores a kind of abuse it never learnt, with and without the surprise."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from data.fraud import Moment
from data.world.figures import TYPOLOGIES
from features.case.contract import case_contract
from serving.fraud.policy import FraudPolicy
from training.fraud.calibration import ScoreCalibration
from training.fraud.fraud_measures import TOP_SHARE
from training.fraud.operating import capacity_threshold
from training.fraud.rows import Labelled, Values
from training.fraud.settings import FraudSettings
from training.fraud.signals.surprise import fit_surprise
from training.fraud.trees.boost import fit_rounds
from training.fraud.world.world_rows import Measured
from training.metrics.bootstrap import ROW_DRAWS
from training.metrics.figure import Figure, interval_of
from training.metrics.ranked import Bools


@dataclass(frozen=True)
class WithheldStudy:
    """Recall of one kind in the top 5 % by a model that never saw it: alone, with the surprise, the gain."""

    alone: Figure
    with_surprise: Figure
    gain: Figure

    def to_json(self) -> dict[str, Any]:
        """Return the figures for a manifest or report."""
        return {name: figure.to_json() for name, figure in vars(self).items()}


def study_withheld(
    labelled: Labelled,
    measured: Measured,
    settings: FraudSettings,
    *,
    rounds: int,
    calibration: ScoreCalibration,
    policy: FraudPolicy,
    quiet: bool = False,
) -> dict[str, WithheldStudy]:
    """Fit without each kind in turn, labelled or not, and measure how many of it are found later.

    Fits on `settings.withheld_returns` of the returns, to the rounds of the released model.
    """
    share = max(1, round(labelled.returns / settings.withheld_returns))
    some = labelled.where(labelled.group % share == 0)
    later = measured.at(Moment.T2)
    found = {}
    for code, typology in enumerate(tqdm(TYPOLOGIES, desc="withheld", unit=" kinds", disable=quiet)):
        raw, nats = _scores(some.where(some.typology != code), later, settings, rounds)
        alone = calibration.slopes[2] * raw
        raised = alone + policy.unusual_weight * nats
        kind = later.typology == code
        found[typology.value] = compare_recall(_in_top(alone)[kind], _in_top(raised)[kind])
    return found


def compare_recall(alone: Bools, raised: Bools) -> WithheldStudy:
    """Count what is found both ways, with intervals over the same draws of rows."""
    drawn = np.random.default_rng(0).integers(0, len(alone), (ROW_DRAWS, len(alone)))
    difference = raised.astype(float) - alone
    columns = (alone.astype(float), raised.astype(float), difference)
    return WithheldStudy(*(_figure(column, drawn) for column in columns))


def _figure(values: Values, drawn: NDArray[np.int64]) -> Figure:
    """Return the mean of what happens to each fraud; there are no negatives among them."""
    low, high = interval_of(values[drawn].mean(axis=1))
    return Figure(float(values.mean()), low, high, len(values), 0)


def _scores(
    labelled: Labelled, later: Measured, settings: FraudSettings, rounds: int
) -> tuple[Values, Values]:
    booster = fit_rounds(labelled, settings.boosting, rounds)
    reasons = [feature.reason for feature in case_contract().features]
    surprise = fit_surprise(
        labelled.names, reasons, labelled.matrix, labelled.weight, settings.signals.surprise
    )
    raw = np.asarray(booster.predict(later.matrix, raw_score=True), dtype=np.float64)
    return raw, surprise.measure(later.matrix)


def _in_top(scores: Values) -> Bools:
    return np.asarray(scores >= capacity_threshold(scores, TOP_SHARE))
