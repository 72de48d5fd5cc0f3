"""Say what was found of a return, by its `as_of`, that asks for an action whatever its probability is."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime

from data.case import ReturnCase
from data.fraud import FloorFinding
from data.history import Link
from data.identity.comparison import IdentityComparison, Match, compare
from data.identity.spelling import plain_number
from data.rma import Rma
from data.scan import RECEIVED, ScanCode
from data.verification import LISTED, Outcome, Verification
from serving.wording import say, say_class, say_outcome

OF_OUTCOME = {
    Outcome.EMPTY: FloorFinding.EMPTY_BOX,
    Outcome.COUNTERFEIT: FloorFinding.COUNTERFEIT,
    Outcome.MISMATCH_INSTANCE: FloorFinding.ANOTHER_UNIT,
    Outcome.MISMATCH_CLASS: FloorFinding.WRONG_CLASS,
}
CUSTODY = {ScanCode.DROPPED_OFF, ScanCode.PICKED_UP}

Told = Iterator[tuple[FloorFinding, str]]


def findings_of(case: ReturnCase, *, label_returns: float) -> dict[FloorFinding, str]:
    """Return each finding with what was found in words, in the order of FloorFinding.

    label_returns: how many earlier returns came on the same label, NaN without a scan that is known.
    """
    bench = case.known_verification
    told = [*(_of_bench(case.rma, bench) if bench else ()), *_of_label(case, label_returns)]
    texts: dict[FloorFinding, str] = {}
    for finding, text in told:
        texts.setdefault(finding, text)
    return {finding: texts[finding] for finding in FloorFinding if finding in texts}


def _of_bench(rma: Rma, bench: Verification) -> Told:
    if finding := OF_OUTCOME.get(bench.outcome):
        yield finding, f"The bench found {say_outcome(bench.outcome)}"
    if bench.list_status in LISTED:
        yield FloorFinding.LISTED, f"The device is listed as {say(bench.list_status)}"
    if bench.observed_device_class not in {None, rma.device_class}:
        seen, sold = say_class(bench.observed_device_class), say_class(rma.device_class)
        yield FloorFinding.WRONG_CLASS, f"The bench found {seen} where {sold} was sold"
    yield from _of_identity(compare(rma.identity, bench.identity))


def _of_identity(found: IdentityComparison) -> Told:
    """Tell another unit; a slip of reading is none, and the gate for evidence has it read again."""
    for name, against in (("serial", found.serial), ("IMEI", found.imei)):
        if against.match is Match.OTHER:
            text = f"The bench read {name} {against.observed} where {against.expected} was sold"
            yield FloorFinding.ANOTHER_UNIT, text


def _of_label(case: ReturnCase, label_returns: float) -> Told:
    if label_returns >= 1 or _is_stated_of_what_came(case):
        yield FloorFinding.LABEL_REUSED, "The shipping label was used for an earlier return"
    elif _is_taken_after_delivery(case):
        text = "A carrier took a parcel with the same label again after its delivery"
        yield FloorFinding.LABEL_REUSED, text


def _is_stated_of_what_came(case: ReturnCase) -> bool:
    """Return whether an earlier return is stated to share the label of a parcel that the bench has opened.

    Whoever leaves the scans out tells no less of it than who sends them.
    """
    if case.known_verification is None or case.history is None:
        return False
    # What is known links no more than what was sent, which takes far less time to look through.
    listed = any(Link.LABEL in prior.links for prior in case.history.prior_returns)
    return listed and any(Link.LABEL in prior.links for prior in case.known_returns)


def _is_taken_after_delivery(case: ReturnCase) -> bool:
    """Return whether one label was seen in a carrier's hands after it had been delivered.

    Several custody scans alone are none: carriers send arrival, loading and departure of one pick-up.
    """
    arrived_at = [scan.time for scan in case.scans if scan.code in RECEIVED]
    taken_at = [scan.time for scan in case.scans if scan.code in CUSTODY]
    if not arrived_at or not taken_at or max(taken_at) <= min(arrived_at):
        return False
    arrived, taken = _labels(case, RECEIVED), _labels(case, CUSTODY)
    return any(label == other and at > then for label, at in taken for other, then in arrived)


def _labels(case: ReturnCase, codes: AbstractSet[ScanCode]) -> set[tuple[str, datetime]]:
    """Return the label and the time of each known scan of some kinds, without those of no label."""
    known = (scan for scan in case.scans if scan.code in codes and scan.known_since <= case.as_of)
    named = {(plain_number(scan.tracking_id), scan.time) for scan in known if scan.tracking_id}
    return {(label, at) for label, at in named if label}
