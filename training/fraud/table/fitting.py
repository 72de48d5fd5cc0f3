"""Fit the members of a blend: on earlier rows to weigh them, then on all rows, as far as time allows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np

from features.encoding import ColumnEncoding
from training.fraud.rows import Values
from training.fraud.table.blend import Blend, HeldOut, weigh
from training.fraud.table.csv_table import SourceTable
from training.fraud.table.members import LearnedRows, Member
from training.fraud.table.one_ensemble import one_ensemble
from training.fraud.table.progress import Progress
from training.fraud.table.promise import promise
from training.fraud.table.table_settings import TableSettings
from training.metrics.figure import Figure
from training.metrics.ranked import Bools, auc, average_precision, value_of

TRIES_WITH_TIME = 200  # at most, where only --minutes says how many
SLOWEST_NEXT = 2.0  # times the slowest member so far, which the next one may take


@dataclass(frozen=True)
class FittedTable:
    """The trees of all members as one ensemble, the encodings of its features, and what held-out rows showed.

    divisor: the raw score of the ensemble is that of the blend over it. tried: how many settings were tried
    beside the members.
    """

    trees: lightgbm.Booster
    encodings: list[ColumnEncoding]
    divisor: float
    members: tuple[Member, ...]
    blend: Blend
    promised: Mapping[str, Figure]
    tried: int


def fit_table(
    source: SourceTable, settings: TableSettings, progress: Progress, *, trials: int | None
) -> FittedTable:
    """Fit all members and try so many others; stop early where time is up, with plain trees at the least."""
    held = _Held(source, settings, progress)
    for member in settings.members:
        if held.members and not held.has_time():
            progress.tell(f"time is up: without {member.name} and what follows it")
            break
        held.add(member, held.scores(member))
    if trials is None:
        trials = TRIES_WITH_TIME if progress.is_limited else 0
    tried = held.try_others(trials)
    blend = weigh(held.parts)
    everything = np.ones(len(source), dtype=bool)
    rows = LearnedRows(source, settings.encoder, everything, seed=settings.seed, threads=settings.threads)
    fitted = []
    for member in held.members:
        fitted.append((member, rows.fit(member)))
        progress.step(f"{member.name} on all rows")
    trees, encodings, divisor = one_ensemble(fitted, blend.weights.tolist(), source.columns, rows.encodings)
    last = len(held.parts) - 1
    promised = promise(held.parts, judged=[last] if tried else range(last + 1))
    return FittedTable(trees, encodings, divisor, tuple(held.members), blend, promised, tried)


class _Held:
    """The members so far, and their scores of the rows held out of each fold."""

    def __init__(self, source: SourceTable, settings: TableSettings, progress: Progress) -> None:
        self._settings, self._progress = settings, progress
        self._folds = [
            (
                LearnedRows(source, settings.encoder, fits, seed=settings.seed, threads=settings.threads),
                held,
            )
            for fits, held in source.split.folds(settings.held_out)
        ]
        self._target = source.target
        self._raw: list[list[Values]] = [[] for _ in self._folds]
        self._spent_s: list[float] = []
        self.members: list[Member] = []

    @property
    def parts(self) -> list[HeldOut]:
        """Return the held-out scores of all members by fold."""
        return [
            HeldOut(np.stack(raw), self._target[held])
            for raw, (_, held) in zip(self._raw, self._folds, strict=True)
        ]

    def has_time(self) -> bool:
        """Return whether there is time for one more member, and to fit all on all rows."""
        next_s = SLOWEST_NEXT * max(self._spent_s)
        return self._progress.has_time_for(2.0 * next_s + sum(self._spent_s))

    def scores(self, member: Member) -> list[Values]:
        """Fit a member on each fold and return its scores of the rows held out."""
        start = time.monotonic()
        found = []
        for number, (rows, held) in enumerate(self._folds, start=1):
            found.append(rows.raw_scores(member, held))
            self._progress.step(f"{member.name} on fold {number} of {len(self._folds)}")
        self._spent_s.append(time.monotonic() - start)
        return found

    def add(self, member: Member, scores: Sequence[Values]) -> None:
        """Take a member with its scores into the blend."""
        self.members.append(member)
        for raw, found in zip(self._raw, scores, strict=True):
            raw.append(found)

    def try_others(self, trials: int) -> int:
        """Try other settings while there is time, and take those in that help; return how many were tried.

        They are judged on the first fold alone: what is promised is then measured on the last one, by which
        nothing was chosen.
        """
        for number in range(trials):
            if not self.has_time():
                self._progress.tell(f"time is up after {number} of {trials} others")
                return number
            member = self._settings.candidate(number)
            scores = self.scores(member)
            if self._helps(scores[0]):
                self.add(member, scores)
        return trials

    def _helps(self, scores: Values) -> bool:
        """Return whether the blend ranks the first fold's rows better with it, by AUC and by AP."""
        part = self.parts[0]
        more = HeldOut(np.concatenate([part.raw, scores[None]]), part.target)
        before, after = (_ranks(one) for one in (part, more))
        return bool((after >= before).all() and (after > before).any())


def _ranks(part: HeldOut) -> Values:
    truth: Bools = part.target.astype(bool)
    scores = weigh([part]).probability(part)
    return np.array([value_of(measure, truth, scores) for measure in (auc, average_precision)])
