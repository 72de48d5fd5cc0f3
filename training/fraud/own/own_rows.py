"""Turn an operator's cases and what became known of them into rows: each return at T0, T1 and T2."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from data.case import ReturnCase
from data.fraud import Moment
from data.identity.spelling import plain_name
from data.labelled.known_outcome import KnownOutcome
from data.rma import Channel
from data.scan import ScanCode
from data.world.figures import TYPOLOGIES
from features.case.case_vector import vectorise_many
from features.case.contract import case_contract
from training.fraud.rows import Labels, Matrix, Values

# Cases that are turned into vectors at one time.
BATCH = 500


class NoReturns(ValueError):
    """Cases and outcomes of which none belong together; the message says what to give."""


@dataclass(frozen=True)
class OwnRows:
    """n rows of features, a return's one for each moment that it reached, in the order of the requests.

    target is 1 for fraud, 0 for honest, -1 where nobody told. weight is for how many returns an outcome
    stands, NaN where nobody can say. known_s is when the outcome became known, NaN without one. number and
    customer only mean same or not the same; a return without a customer is a customer of its own. typology is
    the kind that a reviewer named, -1 for none.
    """

    matrix: Matrix
    stage: Labels
    target: Labels
    weight: Values
    number: NDArray[np.int64]
    customer: NDArray[np.int64]
    requested_s: Values
    known_s: Values
    typology: Labels
    channel: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.target)

    def where(self, kept: NDArray[np.bool_]) -> "OwnRows":
        """Return some of the rows."""
        return OwnRows(**{name: column[kept] for name, column in vars(self).items()})

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Return of which rows the outcome is known."""
        return np.asarray(self.target >= 0)

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Return which rows are the latest of their return: one of each."""
        found = np.zeros(len(self), dtype=bool)
        order = np.lexsort((self.stage, self.number))
        others = self.number[order][1:] != self.number[order][:-1]
        found[order[:-1][others]] = True
        found[order[-1:]] = True
        return found

    @property
    def is_fraud(self) -> NDArray[np.bool_]:
        """Return which rows are of confirmed fraud."""
        return np.asarray(self.target == 1)

    @property
    def value_usd(self) -> Values:
        """Return what each return is worth; 0 where no rate is known."""
        column = self.matrix[:, case_contract().places["value_usd"]].astype(np.float64)
        return np.nan_to_num(column)

    @property
    def returns(self) -> int:
        """Return of how many returns the rows are."""
        return len(np.unique(self.number))


def join_own(parts: Sequence[OwnRows]) -> OwnRows:
    """Return several as one."""
    return OwnRows(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])})


@dataclass
class Matched:
    """Cases, each return once, beside the outcomes that are known of them, and what was not used.

    older: cases of a return of which a later one was given. unmatched: outcomes without a case. too_early:
    outcomes that were known before their return was asked for, which can't be. not_known_by: outcomes that
    became known after the moment as of which is learnt.
    """

    cases: dict[str, ReturnCase] = field(default_factory=dict)
    outcomes: dict[str, KnownOutcome] = field(default_factory=dict)
    older: int = 0
    unmatched: int = 0
    too_early: int = 0
    not_known_by: int = 0

    def lines(self) -> Iterator[str]:
        """Yield what was matched, and a line for each thing that was not used."""
        yield f"{len(self.cases):,} returns, the outcome of {len(self.outcomes):,} of them known"
        told = {
            "cases are of a return of which a later one was given, and are left out": self.older,
            "outcomes have no case, and are left out": self.unmatched,
            "outcomes were known before their return was asked for, and are left out: correct known_at": (
                self.too_early
            ),
            "outcomes became known after --as-of, and are left out": self.not_known_by,
        }
        yield from (f"{count:,} {what}" for what, count in told.items() if count)


def match(
    cases: Iterable[ReturnCase], outcomes: Mapping[str, KnownOutcome], as_of: datetime | None = None
) -> Matched:
    """Put each return beside its outcome, as everything was known by a moment; None for all that is given."""
    found = Matched()
    for case in cases:
        name = plain_name(case.rma.rma_id)
        before = found.cases.get(name)
        found.older += before is not None
        if before is None or before.as_of <= case.as_of:
            found.cases[name] = case
    for name, outcome in outcomes.items():
        of = found.cases.get(name)
        if of is None:
            found.unmatched += 1
        elif outcome.known_at < of.rma.requested_at:
            found.too_early += 1
        elif as_of is not None and outcome.known_at > as_of:
            found.not_known_by += 1
        else:
            found.outcomes[name] = outcome
    return found


def moments_of(case: ReturnCase) -> Iterator[ReturnCase]:
    """Yield a return as it was known when it was asked for, when it arrived, and when it was verified.

    Nothing is later than the case itself was put.
    """
    yield case.model_copy(update={"as_of": case.rma.requested_at})
    visit = case.known_verification
    end = case.as_of if visit is None else visit.verified_at
    scans = [scan for scan in case.scans if scan.known_since <= end]
    arrived = [scan.known_since for scan in scans if scan.code is ScanCode.INDUCTED]
    seen = min(arrived) if arrived else max((scan.known_since for scan in scans), default=None)
    if seen is not None:
        yield case.model_copy(update={"as_of": max(seen, case.rma.requested_at)})
    if visit is not None:
        yield case.model_copy(update={"as_of": visit.verified_at})


def all_rows(matched: Matched, weight_limit: float, *, known_only: bool = False) -> OwnRows:
    """Return all rows of own_rows at once; raises NoReturns where there are none."""
    parts = list(own_rows(matched, weight_limit, known_only=known_only))
    if not parts:
        raise NoReturns(
            "no outcome is of any of the cases: give outcomes with the rma_id that the cases have"
            if matched.cases
            else "no case could be read: correct what was set aside"
        )
    return join_own(parts)


def own_rows(matched: Matched, weight_limit: float, *, known_only: bool = False) -> Iterator[OwnRows]:
    """Yield the rows of some returns after the other; with `known_only` those of known outcome alone."""
    names = [name for name in matched.cases if name in matched.outcomes or not known_only]
    names.sort(key=lambda name: matched.cases[name].rma.requested_at)
    numbers = {name: number for number, name in enumerate(names)}
    customers: dict[str, int] = {}
    for begin in range(0, len(names), BATCH):
        yield _rows(matched, names[begin : begin + BATCH], numbers, customers, weight_limit)


def _rows(
    matched: Matched,
    names: Sequence[str],
    numbers: Mapping[str, int],
    customers: dict[str, int],
    weight_limit: float,
) -> OwnRows:
    cases, of = [], []
    for name in names:
        for case in moments_of(matched.cases[name]):
            cases.append(case)
            of.append(name)
    matrix = vectorise_many(cases, [None] * len(cases))
    stage = matrix[:, case_contract().places["moment"]].astype(np.int8)
    outcomes = [matched.outcomes.get(name) for name in of]
    who = [customers.setdefault(_customer(case), len(customers)) for case in cases]
    channels = list(Channel)
    rows = OwnRows(
        matrix,
        stage,
        np.array([-1 if one is None else one.is_fraud for one in outcomes], dtype=np.int8),
        np.array([_weight(one, weight_limit) for one in outcomes], dtype=np.float64),
        np.array([numbers[name] for name in of], dtype=np.int64),
        np.array(who, dtype=np.int64),
        np.array([case.rma.requested_at.timestamp() for case in cases], dtype=np.float64),
        np.array([one.known_at.timestamp() if one else np.nan for one in outcomes], dtype=np.float64),
        np.array([_kind(one) for one in outcomes], dtype=np.int8),
        np.array([channels.index(case.rma.channel) for case in cases], dtype=np.int64),
    )
    return rows.where(_first_of_stage(rows))


def _first_of_stage(rows: OwnRows) -> NDArray[np.bool_]:
    """Leave out a second row of a return at one moment: a scan at once already makes a request T1."""
    keys = rows.number * len(Moment) + rows.stage
    found = np.zeros(len(rows), dtype=bool)
    found[np.unique(keys, return_index=True)[1]] = True
    return found


def _customer(case: ReturnCase) -> str:
    # No customer is named with a space, so none is taken for a return without one.
    named = case.rma.customer_id
    return plain_name(named) if named else f"return {plain_name(case.rma.rma_id)}"


def _weight(outcome: KnownOutcome | None, most: float) -> float:
    weight = outcome.stands_for(most) if outcome else None
    return float("nan") if weight is None else weight


def _kind(outcome: KnownOutcome | None) -> int:
    kind = outcome.typology if outcome and outcome.is_fraud else None
    return TYPOLOGIES.index(kind) if kind in TYPOLOGIES else -1
