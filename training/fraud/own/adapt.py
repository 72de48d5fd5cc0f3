"""Adapt a released fraud model to outcomes of an operator's own: first its leaves, then its calibration."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import lightgbm
import numpy as np

from features.case.contract import case_contract
from serving.fraud.model import TREES_FILE, FraudModel
from serving.release import Release
from training.fraud.calibration import (
    CalibrationRows,
    ScoreCalibration,
    confirmation,
    confirmed_of_each,
)
from training.fraud.own.kind_mix import own_shares
from training.fraud.own.kind_shares import kind_shares
from training.fraud.own.leaves import Leaves
from training.fraud.own.move_leaves import Chosen, LeafRows, choose_steps
from training.fraud.own.own_rows import OwnRows
from training.fraud.own.recalibrate import recalibrate
from training.fraud.own.settings import OwnSettings
from training.fraud.rows import Matrix, Values


@dataclass(frozen=True)
class Start:
    """The released model that an adaptation starts from."""

    release: Release
    model: FraudModel
    leaves: Leaves
    calibration: ScoreCalibration

    @classmethod
    def of(cls, release: Release) -> Self:
        """Open a release; raises BrokenRelease."""
        text = release.path_of(TREES_FILE).read_text(encoding="utf-8")
        stated = release.manifest["calibration"]
        calibration = ScoreCalibration(tuple(stated["slopes"]), tuple(stated["offsets"]))
        return cls(release, FraudModel.open(release), Leaves.of(text), calibration)

    def raw(self, matrix: Matrix) -> Values:
        """Return the released raw scores."""
        return self.model.raw_scores(matrix).astype(np.float64)


@dataclass(frozen=True)
class Adapted:
    """What came out: trees, their calibration, which penalties were tried, and why it is as it is.

    chosen is None where the trees stayed as they were released without a trial.
    """

    trees: lightgbm.Booster
    calibration: ScoreCalibration
    chosen: Chosen | None
    is_moved: bool
    is_calibrated: bool
    outcomes: int
    frauds: int

    def probability(self, rows: OwnRows) -> Values:
        """Return the calibrated probability of each row."""
        return self.calibration.probability(self.raw(rows.matrix), rows.stage)

    def raw(self, matrix: Matrix) -> Values:
        """Return the raw scores of the trees."""
        return np.asarray(self.trees.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)

    def lines(self, settings: OwnSettings) -> Iterator[str]:
        """Yield what was done to the released model, and why."""
        yield f"learnt from {self.outcomes:,} outcomes, {self.frauds:,} of them confirmed fraud"
        least = f"{settings.leaves.least_outcomes:,} outcomes and {settings.leaves.least_frauds} frauds"
        if self.chosen is None:
            yield f"trees: as released, for below {least} moving them helps less often than it harms"
        elif not self.is_moved:
            yield "trees: as released, for on customers left out none of the trials was better"
        else:
            penalty, before = self.chosen.best.penalty, self.chosen.trials[0].loss
            yield (
                f"trees: the splits as released, the leaves moved with penalty {penalty:g}: loss "
                f"{self.chosen.best.loss:.5f} on customers left out, {before:.5f} as released"
            )
        if not self.is_calibrated:
            yield "calibration: as released, for too few outcomes say how likely they were to become known"
        elif self.chosen is None:
            yield "calibration: one offset of all moments, by the outcomes; the slopes as released"
        else:
            yield "calibration: offset of each moment and slope, by the outcomes and by the released ones"


def adapt(rows: OwnRows, start: Start, settings: OwnSettings) -> Adapted:
    """Move leaves and calibration by the rows of known outcome."""
    last = rows.is_last
    outcomes, frauds = int(last.sum()), int((last & rows.is_fraud).sum())
    confirmed = confirmed_shares(rows, start, settings)
    raw = start.raw(rows.matrix)
    chosen = None
    if outcomes >= settings.leaves.least_outcomes and frauds >= settings.leaves.least_frauds:
        leaf_rows = _leaf_rows(rows, start, raw, confirmed, settings)
        chosen = choose_steps(leaf_rows, start.leaves, settings.leaves, settings.seed)
    is_moved = chosen is not None and chosen.best.penalty is not None
    if chosen is not None and is_moved:
        raw = chosen.best.left_out
    steps = chosen.steps if chosen else np.zeros(len(start.leaves))
    stated = np.isfinite(rows.weight)
    is_calibrated = int((stated & last & rows.is_fraud).sum()) >= settings.calibration.least_frauds
    calibration = start.calibration
    if is_calibrated:
        known = CalibrationRows(
            raw[stated], rows.target[stated], rows.weight[stated], rows.stage[stated], confirmed[stated]
        )
        calibration = recalibrate(
            known,
            start.calibration,
            settings.calibration,
            settings.labels.confirmed_falsely,
            offset_only=chosen is None,
        )
    return Adapted(start.leaves.moved(steps), calibration, chosen, is_moved, is_calibrated, outcomes, frauds)


def confirmed_shares(rows: OwnRows, start: Start, settings: OwnSettings) -> Values:
    """Return how likely a fraud like each row is confirmed, by the kinds that this operator sees."""
    seen = rows.is_last & rows.is_fraud
    shares = own_shares(
        kind_shares(start.model, rows.matrix), seen.astype(np.int8), rows.typology, settings.labels
    )
    return confirmation(shares, confirmed_of_each(settings.labels))


def stage_feature() -> int:
    """Return the column that says the moment of a row, by which it is calibrated."""
    return case_contract().places["moment"]


def _leaf_rows(
    rows: OwnRows, start: Start, raw: Values, confirmed: Values, settings: OwnSettings
) -> LeafRows:
    """Return the rows to move leaves by; a confirmed fraud stands for those of its kind that reviews miss.

    How likely an outcome was to become known does not weigh here: it hangs on what the row says, and rows
    that stand for many would make the little that is known less.
    """
    slopes, offsets = np.array(start.calibration.slopes), np.array(start.calibration.offsets)
    slope = slopes[rows.stage]
    return LeafRows(
        reached=start.leaves.reached(rows.matrix),
        odds=slope * raw + offsets[rows.stage],
        slope=slope,
        stage=rows.stage,
        target=rows.target,
        weight=np.where(rows.is_fraud, settings.labels.confirmed / confirmed, 1.0),
        customer=rows.customer,
    )
