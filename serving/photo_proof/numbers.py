"""Compare the numbers that are printed in photos with the device and the parcel that the RMA expects."""

from collections.abc import Callable, Iterator, Sequence

from data.case import ReturnCase
from data.identity.comparison import Comparison, Identity, Match, compare
from data.identity.spelling import plain_number
from data.photo_proof import NumberKind, PhotoNumber
from data.rma import Rma
from serving.photo_proof.codes import Code
from serving.photo_proof.printed import Printed, printed_in

# A code that is shorter says too little to be held for a neighbour of the serial that was sold.
_NEIGHBOUR_LENGTH = 8
# Without a check of its own: what it says counts only where it is what was sold.
_UNCHECKED = frozenset({"Code 39"})


def numbers_of(case: ReturnCase, codes: Sequence[Code]) -> tuple[PhotoNumber, ...]:
    """Return each number that says something of this return; all other codes are nobody's business."""
    return tuple(number for code in codes for number in _of_code(case, code))


def _of_code(case: ReturnCase, code: Code) -> Iterator[PhotoNumber]:
    labels = _labels(case)
    for printed in printed_in(code.text):
        if plain_number(printed.text) in labels:
            found = Comparison(Match.SAME, "is a tracking number of this return", passes=True)
            yield _number(code, printed, NumberKind.TRACKING, found)
            continue
        for kind, compared in _COMPARED.items():
            found = compared(case.rma, printed)
            if found.passes or (_is_checked(code) and found.match is not Match.NOT_COMPARABLE):
                yield _number(code, printed, kind, found)


def _is_checked(code: Code) -> bool:
    return code.symbology not in _UNCHECKED


def _number(code: Code, printed: Printed, kind: NumberKind, found: Comparison) -> PhotoNumber:
    match = Match.SAME if found.passes else found.match
    return PhotoNumber(code.photo, kind, printed.text, code.symbology, code.box, match, found.why)


def _labels(case: ReturnCase) -> frozenset[str]:
    return frozenset(plain_number(scan.tracking_id) for scan in case.scans if scan.tracking_id)


_UNTOLD = Comparison(Match.NOT_COMPARABLE, "says nothing of this return")


def _imei(rma: Rma, printed: Printed) -> Comparison:
    is_told = printed.kind is NumberKind.IMEI
    return compare(rma.identity, Identity(imeis=(printed.text,))).imei if is_told else _UNTOLD


def _serial(rma: Rma, printed: Printed) -> Comparison:
    """Compare a serial; of a code that does not say what it holds only one close to the sold one counts."""
    if printed.kind is NumberKind.IMEI:
        return _UNTOLD
    found = compare(rma.identity, Identity(serial=printed.text)).serial
    is_told = printed.kind is NumberKind.SERIAL
    is_close = found.passes or (found.match is Match.SLIP and len(printed.text) >= _NEIGHBOUR_LENGTH)
    return found if is_told or is_close else _UNTOLD


_COMPARED: dict[NumberKind, Callable[[Rma, Printed], Comparison]] = {
    NumberKind.IMEI: _imei,
    NumberKind.SERIAL: _serial,
}
