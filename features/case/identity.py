"""Compute the features of serial number and IMEI, as sold against as read."""

import numpy as np

from data.case_columns import CaseColumns, Floats
from data.identity.comparison import Comparison, Identity, IdentityComparison, Match, compare
from data.identity.imei import DeviceNumber, read_number

UNKNOWN = float("nan")
NAMES = (
    "serial_mismatch",
    "serial_difference",
    "imei_mismatch",
    "tac_mismatch",
    "imei_check_fails",
    "expected_imei_check_fails",
)


def identity_features(cases: CaseColumns) -> dict[str, Floats]:
    """Return mismatches and check digits; NaN for what can't be compared or is not known by `as_of`."""
    known = (cases.verification.verified_s <= cases.as_of_s).tolist()
    rma, seen = cases.rma, cases.verification
    sold = map(Identity, rma.expected_serial, rma.expected_imeis)
    read = map(Identity, seen.observed_serial, seen.observed_imeis)
    rows = [
        _measures(one, other if is_known else Identity())
        for one, other, is_known in zip(sold, read, known, strict=True)
    ]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(NAMES))
    return dict(zip(NAMES, table.T, strict=True))


def serial_difference(expected: str, observed: str) -> float:
    """Return the share of characters that differ: small for a slip, large for another unit.

    As the model was trained: place by place, without case, hyphens, and O for 0 and I for 1.
    """
    first, second = _plain(expected), _plain(observed)
    same = sum(one == other for one, other in zip(first, second, strict=False))
    return 1.0 - same / max(len(first), len(second))


def _measures(sold: Identity, read: Identity) -> tuple[float, ...]:
    """Return the features of one case, in the order of NAMES."""
    found = compare(sold, read)
    sold_numbers, read_numbers = _numbers(found.expected), _numbers(found.observed)
    return (
        _mismatch(found.serial),
        _difference(found),
        _mismatch(found.imei),
        _tac_mismatch(found.imei, sold_numbers, read_numbers),
        _check_fails(read_numbers),
        _check_fails(sold_numbers),
    )


def _mismatch(found: Comparison) -> float:
    return UNKNOWN if found.match is Match.NOT_COMPARABLE else float(not found.passes)


def _difference(found: IdentityComparison) -> float:
    if found.serial.match is Match.NOT_COMPARABLE:
        return UNKNOWN
    return 0.0 if found.serial.passes else serial_difference(found.serial.expected, found.serial.observed)


def _tac_mismatch(found: Comparison, sold: list[DeviceNumber], read: list[DeviceNumber]) -> float:
    if found.match is Match.NOT_COMPARABLE:
        return UNKNOWN
    return float(not {number.tac for number in sold} & {number.tac for number in read})


def _numbers(identity: Identity) -> list[DeviceNumber]:
    return [number for number in map(read_number, identity.imeis) if number]


def _check_fails(numbers: list[DeviceNumber]) -> float:
    """Return 1 where any check digit is wrong, NaN where none was written."""
    checks = [number.check_fails for number in numbers if number.check_fails is not None]
    return float(any(checks)) if checks else UNKNOWN


def _plain(serial: str) -> str:
    return serial.upper().replace("-", "").replace("O", "0").replace("I", "1") or serial
