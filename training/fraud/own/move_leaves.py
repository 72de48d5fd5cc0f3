"""Move the leaves of released trees by what became known of an operator's own returns.

The values of the leaves are fitted anew on the log odds, held to what was released by a ridge penalty. How
strong it must be is tried on customers that were left out, so that few outcomes move little and many much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from data.fraud import Moment
from serving.fraud.calibration_lines import probability_of
from training.fraud.own.leaves import Leaves
from training.fraud.own.settings import LeafSettings
from training.fraud.rows import Labels, Values

MOMENTS = len(Moment)
_LOOSE = 1.0  # the penalty of the three offsets, which the outcomes move almost freely


@dataclass(frozen=True)
class LeafRows:
    """Rows to move leaves by.

    odds are the released log odds after calibration, slope what a step of raw score is worth there; reached
    is (rows, leaves), weight how much each row counts, customer the group that is left out together.
    """

    reached: sparse.csr_matrix
    odds: Values
    slope: Values
    stage: Labels
    target: Labels
    weight: Values
    customer: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.odds)

    def where(self, kept: NDArray[np.bool_]) -> "LeafRows":
        """Return some of the rows."""
        return LeafRows(
            self.reached[np.flatnonzero(kept)],
            self.odds[kept],
            self.slope[kept],
            self.stage[kept],
            self.target[kept],
            self.weight[kept],
            self.customer[kept],
        )


@dataclass(frozen=True)
class Trial:
    """One penalty tried on customers that were left out; None moves no leaf.

    losses and left_out are the loss and the raw score that each row got from a fit without its customer.
    """

    penalty: float | None
    loss: float
    losses: Values
    left_out: Values


@dataclass(frozen=True)
class Chosen:
    """The trial that was chosen, all of them, and the steps of the leaves fitted on all rows."""

    best: Trial
    trials: tuple[Trial, ...]
    steps: Values


def choose_steps(rows: LeafRows, leaves: Leaves, settings: LeafSettings, seed: int) -> Chosen:
    """Try every penalty and none at all, and fit all rows with the one that is chosen.

    Where any penalty is better than none, the strongest is taken whose loss is not told apart from the least
    (Breiman's rule of one standard error): steps too small lose less than steps too large.
    """
    fold = _folds(rows.customer, settings.folds, seed)
    trials = [_trial(rows, leaves, fold, penalty, settings) for penalty in (None, *settings.penalties)]
    best = _strongest_as_good(trials, rows.customer)
    steps = np.zeros(len(leaves))
    if best.penalty is not None:
        steps = fit_steps(rows, leaves, best.penalty, settings.steps)[MOMENTS:]
    return Chosen(best, tuple(trials), steps)


def _strongest_as_good(trials: Sequence[Trial], customer: NDArray[np.int64]) -> Trial:
    best = min(trials, key=lambda trial: trial.loss)
    if best.penalty is None:
        return best
    _, member = np.unique(customer, return_inverse=True)
    for trial in trials:
        worse = np.bincount(member, trial.losses - best.losses)
        error = float(np.sqrt(((worse - worse.mean()) ** 2).sum()))
        if trial.penalty is not None and float(worse.sum()) <= error:
            return trial
    return best


def fit_steps(rows: LeafRows, leaves: Leaves, penalty: float | None, most_steps: int) -> Values:
    """Return an offset for each moment, then a step for each leaf, all 0 for no penalty."""
    free = 0 if penalty is None else len(leaves)
    held = np.concatenate([np.full(MOMENTS, _LOOSE), np.full(free, penalty or 0.0)])
    design = _design(rows)[:, : MOMENTS + free]
    bounds = [(-np.inf, np.inf)] * MOMENTS + _ranges(leaves)[:free]

    def loss(steps: Values) -> tuple[float, Values]:
        odds = rows.odds + design @ steps
        chance = probability_of(odds)
        wrong = rows.weight * (np.logaddexp(0.0, odds) - rows.target * odds)
        slope = design.T @ (rows.weight * (chance - rows.target)) + held * steps
        return float(wrong.sum() + 0.5 * (held * steps * steps).sum()), np.asarray(slope)

    start = np.zeros(MOMENTS + free)
    options = {"maxiter": most_steps, "maxfun": 2 * most_steps}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.concatenate([found.x, np.zeros(len(leaves) - free)])


def _trial(
    rows: LeafRows, leaves: Leaves, fold: NDArray[np.int64], penalty: float | None, settings: LeafSettings
) -> Trial:
    odds, raw = np.empty(len(rows)), np.empty(len(rows))
    for number in range(settings.folds):
        out = fold == number
        steps = fit_steps(rows.where(~out), leaves, penalty, settings.steps)
        left = rows.where(out)
        odds[out] = left.odds + _design(left) @ steps
        raw[out] = left.reached @ (leaves.value + steps[MOMENTS:])
    wrong = rows.weight * (np.logaddexp(0.0, odds) - rows.target * odds)
    return Trial(penalty, float(wrong.sum() / rows.weight.sum()), wrong, raw)


def _design(rows: LeafRows) -> sparse.csr_matrix:
    """Return (rows, moments + leaves): what each step adds to the log odds of each row."""
    of_moment = sparse.csr_matrix(np.eye(MOMENTS)[rows.stage])
    return sparse.hstack([of_moment, sparse.diags(rows.slope) @ rows.reached], format="csr")


def _ranges(leaves: Leaves) -> list[tuple[float, float]]:
    """Return how far each leaf may go down and up."""
    low, high = leaves.low - leaves.value, leaves.high - leaves.value
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _folds(customer: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each row; all rows of a customer are in one."""
    names, member = np.unique(customer, return_inverse=True)
    return np.asarray(np.random.default_rng(seed).permutation(len(names))[member] % folds)
