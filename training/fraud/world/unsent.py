"""Leave facts out of simulated cases as senders do, so that a model learns what their absence means.

Facts go out of the columns before any feature is computed, so whatever is derived from them goes with them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.case_columns import CaseColumns, Codes, Floats
from data.rma import Ownership, ReturnReason
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState
from training.fraud.settings import UnsentSettings

Mask = NDArray[np.bool_]
Erase = Callable[[CaseColumns, Mask], CaseColumns]
NO_CODE, NO_NUMBER = -1, float("nan")
# Any name without a rate: what an amount in it is worth is not known.
NO_RATE = "XXX"


def _blank(part: str, **values: Any) -> Erase:
    """Return what puts values in place of some columns of one part, where a mask says so."""

    def erase(cases: CaseColumns, gone: Mask) -> CaseColumns:
        columns = getattr(cases, part)
        blanked = {name: _where(gone, value, getattr(columns, name)) for name, value in values.items()}
        return replace(cases, **{part: replace(columns, **blanked)})

    return erase


def _where(gone: Mask, value: Any, column: NDArray[Any]) -> NDArray[Any]:
    found = column.copy()
    # An empty tuple would be taken for a column of no length.
    for row in np.flatnonzero(gone) if isinstance(value, tuple) else ():
        found[row] = value
    if not isinstance(value, tuple):
        found[gone] = value
    return found


def _without_history(cases: CaseColumns, gone: Mask) -> CaseColumns:
    cases = _blank("rma", has_history=0.0, orders_count=NO_NUMBER)(cases, gone)
    return replace(cases, priors=cases.priors.take(~gone[cases.priors.row]))


def _without_scans(cases: CaseColumns, gone: Mask) -> CaseColumns:
    return replace(cases, scans=cases.scans.take(~gone[cases.scans.row]))


def _of_scans(**values: float) -> Erase:
    blank = _blank("scans", **values)
    return lambda cases, gone: blank(cases, gone[cases.scans.row])


def _code(word: StrEnum) -> int:
    kinds: list[StrEnum] = list(type(word))
    return kinds.index(word)


FACTS: Mapping[str, Erase] = {
    "rma.ordered_at": _blank("rma", ordered_s=NO_NUMBER),
    "rma.delivered_at": _blank("rma", delivered_s=NO_NUMBER),
    "rma.account_created_at": _blank("rma", account_created_s=NO_NUMBER),
    "rma.return_window_days": _blank("rma", return_window_days=NO_NUMBER),
    "rma.has_receipt": _blank("rma", has_receipt=NO_NUMBER),
    "rma.reason": _blank("rma", reason=_code(ReturnReason.UNKNOWN), first_reason=NO_CODE),
    "rma.first_reason": _blank("rma", first_reason=NO_CODE),
    "rma.pickup_address_id": _blank("rma", picked_up_elsewhere=NO_NUMBER),
    "rma.declared_grade": _blank("rma", declared_rank=NO_NUMBER),
    "rma.ownership": _blank("rma", ownership=_code(Ownership.UNKNOWN)),
    "rma.expected_serial": _blank("rma", expected_serial=None),
    "rma.expected_imei": _blank("rma", expected_imeis=()),
    "rma.expected_weight_g": _blank("rma", expected_weight_g=NO_NUMBER),
    "rma.value.currency": _blank("rma", currency=NO_RATE),
    "history": _without_history,
    "history.orders_count": _blank("rma", orders_count=NO_NUMBER),
    "scans": _without_scans,
    "scans.place": _of_scans(latitude_deg=NO_NUMBER, longitude_deg=NO_NUMBER),
    "scans.weight_g": _of_scans(weight_g=NO_NUMBER),
    "verification": _blank("verification", verified_s=NO_NUMBER),
    "verification.outcome": _blank("verification", outcome=_code(Outcome.UNKNOWN)),
    "verification.observed_device_class": _blank("verification", observed_class=NO_CODE),
    "verification.observed_serial": _blank("verification", observed_serial=None),
    "verification.observed_imei": _blank("verification", observed_imeis=()),
    "verification.weight_g": _blank("verification", weight_g=NO_NUMBER),
    "verification.accessories": _blank("verification", accessories_missing=NO_NUMBER),
    "verification.seal": _blank("verification", seal=_code(SealState.UNKNOWN)),
    "verification.lock": _blank("verification", lock=_code(LockState.UNKNOWN)),
    "verification.list_status": _blank("verification", list_status=_code(ListStatus.UNKNOWN)),
    "verification.functional": _blank("verification", functional=_code(FunctionalGrade.UNTESTED)),
    "photos": _blank("findings", taken_s=NO_NUMBER),
}


class UnknownFact(ValueError):
    """A sender is said to leave out what no case has; the message names it and what there is."""


def without(cases: CaseColumns, facts: Collection[str]) -> CaseColumns:
    """Return cases of which none says any of the named facts.

    Raises UnknownFact for a name that is not in FACTS.
    """
    _require_facts(facts)
    everywhere = np.ones(len(cases), dtype=bool)
    for fact in facts:
        cases = FACTS[fact](cases, everywhere)
    return cases


@dataclass(frozen=True)
class Senders:
    """Who sends cases and what each leaves out; the same return is left the same facts in any block."""

    settings: UnsentSettings
    seed: int

    def __post_init__(self) -> None:
        for sender in self.settings.senders.values():
            _require_facts(sender.lacks)
        shares = sum(sender.share for sender in self.settings.senders.values())
        if not abs(shares - 1.0) < 1e-9:
            raise ValueError(f"the shares of the senders add up to {shares:g}; make them 1")

    def leave_out(self, cases: CaseColumns, numbers: Codes, moment: int) -> CaseColumns:
        """Return each case, of a return with a number, as one sender drawn for it would send it."""
        edges = np.cumsum([sender.share for sender in self.settings.senders.values()])
        sender = np.searchsorted(edges[:-1], _drawn(self.seed, numbers, moment, len(FACTS)), side="right")
        for place, (fact, erase) in enumerate(FACTS.items()):
            gone = self._lacking(fact)[sender] > _drawn(self.seed, numbers, moment, place)
            cases = erase(cases, gone)
        return cases

    def _lacking(self, fact: str) -> Floats:
        """Return by sender the chance that a case comes without a fact."""
        senders = self.settings.senders.values()
        return np.array([1.0 if fact in sender.lacks else sender.each for sender in senders])


def _drawn(seed: int, numbers: Codes, moment: int, place: int) -> Floats:
    """Return a number from 0 to 1 for each return, whichever others are asked about (splitmix64)."""
    salt = (seed * 4 + moment) * 64 + place
    with np.errstate(over="ignore"):
        mixed = (numbers.astype(np.uint64) << np.uint64(20)) + np.uint64(salt & (2**63 - 1))
        mixed += np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def _require_facts(facts: Collection[str]) -> None:
    unknown = sorted(set(facts) - set(FACTS))
    if unknown:
        raise UnknownFact(f"{', '.join(unknown)} is no fact of a case; name some of {', '.join(FACTS)}")
