"""List the closed lists of words that the features read, and the words a model has learnt.

A word that came into a list after a model was fitted says nothing to it: it is treated as unknown.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from data.case import ReturnCase
from data.case_columns import Codes, Floats
from data.device import DeviceClass
from data.history import PriorOutcome
from data.rma import Channel, Ownership, ReturnReason
from data.scan import ScanCode
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState, Verification

UNKNOWN = "unknown"
NO_CODE = -1


@dataclass(frozen=True)
class WordList:
    """One input of a case that is a word of a closed list.

    `said` finds what a case says there by its `as_of`. A word is learnt if the contract has a column
    PREFIX_word, or if it is one of `others`, for which columns without such a name stand.
    """

    path: str
    kinds: type[StrEnum]
    said: Callable[[ReturnCase], Iterable[StrEnum]]
    prefix: str | None = None
    others: frozenset[StrEnum] = frozenset()

    def column(self, word: StrEnum) -> str:
        """Return the name of the column that says whether the input is a word."""
        return f"{self.prefix}_{word.value}"

    def unlearnt(self, names: Collection[str]) -> frozenset[StrEnum]:
        """Return the words that a model of a contract with these names has not learnt."""
        known = {*self.others, *(word for word in self.kinds if self.column(word) in names)}
        return frozenset(word for word in self.kinds if word not in known and word.value != UNKNOWN)

    def flags(self, names: Collection[str]) -> "WordFlags":
        """Return how the words of a contract with these names are spread over its columns."""
        places = {word: code for code, word in enumerate(self.kinds)}
        unknown = next((code for word, code in places.items() if word.value == UNKNOWN), NO_CODE)
        columns = {self.column(word): code for word, code in places.items() if self.column(word) in names}
        unlearnt = [places[word] for word in self.unlearnt(names)]
        return WordFlags(tuple(columns), np.array(list(columns.values())), tuple(unlearnt), unknown)


@dataclass(frozen=True)
class WordFlags:
    """The 0-or-1 columns of one word list, the code that each stands for, and the codes that none stands for.

    `unknown` is the code that these are read as: that of the word `unknown`, or NO_CODE where there is none.
    """

    columns: tuple[str, ...]
    codes: Codes
    unlearnt: tuple[int, ...]
    unknown: int

    def spread(self, said: Codes) -> Floats:
        """Return (n, columns) flags: all 0 for the word `unknown`, NaN for no code."""
        read = np.where(np.isin(said, self.unlearnt), self.unknown, said) if self.unlearnt else said
        flags: Floats = (read[:, None] == self.codes).astype(np.float64)
        flags[read == NO_CODE] = np.nan
        return flags


@dataclass(frozen=True)
class WordAnswers:
    """The answers of a list's words to a yes-or-no column, or as a rank; any other word has none."""

    kinds: type[StrEnum]
    numbers: Mapping[StrEnum, int]

    def of(self, codes: Codes) -> Floats:
        """Return (n,) answers; NaN for a word without one, and for no code."""
        return np.asarray(np.where(codes == NO_CODE, np.nan, self._by_code[codes]))

    @cached_property
    def _by_code(self) -> Floats:
        return np.array([self.numbers.get(word, np.nan) for word in self.kinds])


def _seen(case: ReturnCase) -> Iterator[Verification]:
    if (visit := case.known_verification) is not None:
        yield visit


def _scan_codes(case: ReturnCase) -> Iterator[ScanCode]:
    return (scan.code for scan in case.scans if (scan.known_at or scan.time) <= case.as_of)


def _prior_outcomes(case: ReturnCase) -> Iterator[PriorOutcome]:
    return (prior.outcome for prior in case.known_returns)


CHANNEL = WordList("rma.channel", Channel, lambda case: [case.rma.channel], "channel")
REASON = WordList("rma.reason", ReturnReason, lambda case: [case.rma.reason], "reason")
DEVICE_CLASS = WordList("rma.device_class", DeviceClass, lambda case: [case.rma.device_class], "class")
OWNERSHIP = WordList("rma.ownership", Ownership, lambda case: [case.rma.ownership], "ownership")
OUTCOME = WordList(
    "verification.outcome",
    Outcome,
    lambda case: (visit.outcome for visit in _seen(case)),
    "outcome",
    frozenset({Outcome.NOT_OPENED}),
)

SEAL_NOT_INTACT = WordAnswers(
    SealState, {SealState.INTACT: 0, SealState.BROKEN: 1, SealState.RESEALED: 1, SealState.ABSENT: 1}
)
SEAL_RESEALED = WordAnswers(
    SealState, {SealState.INTACT: 0, SealState.BROKEN: 0, SealState.RESEALED: 1, SealState.ABSENT: 0}
)
LOCK_ON = WordAnswers(LockState, {LockState.OFF: 0, LockState.NOT_APPLICABLE: 0, LockState.ON: 1})
LISTED = WordAnswers(
    ListStatus,
    {ListStatus.CLEAN: 0, ListStatus.NOT_APPLICABLE: 0, ListStatus.STOLEN: 1, ListStatus.LOST: 1},
)
FUNCTIONAL = WordAnswers(
    FunctionalGrade,
    {
        FunctionalGrade.FAILED: 0,
        FunctionalGrade.F1: 1,
        FunctionalGrade.F2: 2,
        FunctionalGrade.F3: 3,
        FunctionalGrade.F4: 4,
        FunctionalGrade.F5: 5,
        FunctionalGrade.F6: 6,
    },
)
# Scans that have no column of their own still count among all scans, whose meaning models have learnt.
SCANS = frozenset(
    {
        ScanCode.LABEL_CREATED,
        ScanCode.DROPPED_OFF,
        ScanCode.PICKED_UP,
        ScanCode.ARRIVED,
        ScanCode.DEPARTED,
        ScanCode.HANDED_OFF,
        ScanCode.ADDRESS_CORRECTED,
        ScanCode.MISSORTED,
        ScanCode.REWRAPPED,
        ScanCode.RECONSIGNED,
        ScanCode.DAMAGED,
        ScanCode.DELIVERY_ATTEMPTED,
        ScanCode.REFUSED,
        ScanCode.RETURNED_TO_SHIPPER,
        ScanCode.DELIVERED,
        ScanCode.INDUCTED,
    }
)

SPREAD = (CHANNEL, REASON, DEVICE_CLASS, OWNERSHIP, OUTCOME)
WORD_LISTS = (
    *SPREAD,
    WordList(
        "verification.seal",
        SealState,
        lambda case: (visit.seal for visit in _seen(case)),
        others=frozenset(SEAL_NOT_INTACT.numbers),
    ),
    WordList(
        "verification.lock",
        LockState,
        lambda case: (visit.lock for visit in _seen(case)),
        others=frozenset(LOCK_ON.numbers),
    ),
    WordList(
        "verification.list_status",
        ListStatus,
        lambda case: (visit.list_status for visit in _seen(case)),
        others=frozenset(LISTED.numbers),
    ),
    WordList(
        "verification.functional",
        FunctionalGrade,
        lambda case: (visit.functional for visit in _seen(case)),
        others=frozenset({FunctionalGrade.UNTESTED, *FUNCTIONAL.numbers}),
    ),
    WordList("scans.code", ScanCode, _scan_codes, others=SCANS),
    WordList(
        "history.prior_returns.outcome",
        PriorOutcome,
        _prior_outcomes,
        others=frozenset({PriorOutcome.HONEST, PriorOutcome.FRAUD}),
    ),
)


def unlearnt_words(names: Collection[str]) -> dict[str, frozenset[StrEnum]]:
    """Return, by where they stand in a case, the words that a model of a contract never learnt."""
    found = {words.path: words.unlearnt(names) for words in WORD_LISTS}
    return {path: words for path, words in found.items() if words}


def unlearnt_inputs(case: ReturnCase, unlearnt: dict[str, frozenset[StrEnum]]) -> list[str]:
    """Return where a case says, by its `as_of`, a word that was never learnt."""
    lists = [words for words in WORD_LISTS if words.path in unlearnt]
    return [words.path for words in lists if not unlearnt[words.path].isdisjoint(words.said(case))]
