"""Compare the numbers that are printed in photos with the device and the parcel that the RMA expects."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.case import ReturnCase
from data.identity.comparison import Comparison, Identity, Match, compare
from data.identity.imei import read_number
from data.identity.spelling import plain_number
from data.proof.proof import NumberKind, PhotoNumber
from data.rma import Rma
from data.scan import known_labels
from serving.photo_proof.printed import Printed, printed_in
from serving.photo_proof.printed_codes import Code

NUMBERS_MOST = 20
"""Numbers of one photo that are kept: the sold ones first, then those of another unit."""
# Without a check of its own: what it says counts only where it is what was sold.
_UNCHECKED = frozenset({"Code 39"})
_OF_PARCEL = Comparison(Match.SAME, "is a tracking number of this return", passes=True)


@dataclass(frozen=True)
class FoundNumber:
    """A number that says something of the return, and whether it is of another unit beyond doubt."""

    number: PhotoNumber
    is_another_unit: bool


def numbers_of(case: ReturnCase, codes: Sequence[Code]) -> tuple[FoundNumber, ...]:
    """Return each number that says something of this return; all other codes are nobody's business.

    The case is taken as it was known. A serial of anything may lie in the picture: one that is not the sold
    one says something only in a code that names an IMEI as well, as labels of devices do.
    """
    by_photo: dict[int, dict[tuple[NumberKind, str], FoundNumber]] = defaultdict(dict)
    labels = frozenset(known_labels(case.scans, case.as_of))
    for code in codes:
        for found in _of_code(case.rma, labels, code):
            by_photo[code.photo].setdefault((found.number.kind, found.number.text), found)
    return tuple(found for numbers in by_photo.values() for found in _telling(list(numbers.values())))


def _telling(numbers: Sequence[FoundNumber]) -> Sequence[FoundNumber]:
    """Return the numbers of one photo that tell most, in the order in which they lie there."""
    places = range(len(numbers))
    most = sorted(
        places, key=lambda at: (numbers[at].number.match is not Match.SAME, not numbers[at].is_another_unit)
    )
    return [numbers[at] for at in sorted(most[:NUMBERS_MOST])]


def _of_code(rma: Rma, labels: frozenset[str], code: Code) -> Iterator[FoundNumber]:
    printed = printed_in(code)
    is_of_device = any(one.kind is NumberKind.IMEI for one in printed)
    for one in printed:
        if plain_number(one.text) in labels:
            yield _found(code, one, NumberKind.TRACKING, _OF_PARCEL)
        elif one.kind is NumberKind.IMEI:
            yield from _imei(rma, code, one)
        else:
            yield from _serial(rma, code, one, is_of_device=is_of_device)


def _imei(rma: Rma, code: Code, printed: Printed) -> Iterator[FoundNumber]:
    found = compare(rma.identity, Identity(imeis=(printed.text,))).imei
    if found.passes:
        yield _found(code, printed, NumberKind.IMEI, found)
    elif found.match is not Match.NOT_COMPARABLE and _is_checked(code):
        is_another = found.match is Match.OTHER and not _may_be_its_second(rma, printed.text)
        yield _found(code, printed, NumberKind.IMEI, found, is_another=is_another)


def _may_be_its_second(rma: Rma, imei: str) -> bool:
    """Return whether a number may be the second one of a phone of which only one was sold: of its model."""
    sold = [number for number in map(read_number, (*rma.identity.imeis, rma.expected_serial or "")) if number]
    shown = read_number(imei)
    return len(sold) < 2 and shown is not None and any(number.tac == shown.tac for number in sold)


def _serial(rma: Rma, code: Code, printed: Printed, *, is_of_device: bool) -> Iterator[FoundNumber]:
    found = compare(rma.identity, Identity(serial=printed.text)).serial
    if found.passes or (found.match is Match.SLIP and _is_checked(code)):
        yield _found(code, printed, NumberKind.SERIAL, found)
    elif found.match is Match.OTHER and printed.kind is NumberKind.SERIAL and is_of_device:
        yield _found(code, printed, NumberKind.SERIAL, found, is_another=True)


def _is_checked(code: Code) -> bool:
    return code.symbology not in _UNCHECKED


def _found(
    code: Code, printed: Printed, kind: NumberKind, found: Comparison, *, is_another: bool = False
) -> FoundNumber:
    match = Match.SAME if found.passes else found.match
    number = PhotoNumber(code.photo, kind, printed.text, code.symbology, code.box, match, found.why)
    return FoundNumber(number, is_another)
