"""Compare what identifies the device: serial number and IMEI, as sold against as read."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from stdnum import luhn

from data.case_columns import CaseColumns, Floats, Texts

TAC_DIGITS = 8
UNKNOWN = float("nan")


def identity_features(cases: CaseColumns) -> dict[str, Floats]:
    """Return mismatches and check digits; NaN for what was not read or not known by `as_of`."""
    known = (cases.verification.verified_s <= cases.as_of_s).tolist()
    rma, seen = cases.rma, cases.verification
    serial = _pairs(rma.expected_serial, seen.observed_serial, known)
    imei = _pairs(rma.expected_imei, seen.observed_imei, known)
    read = [
        observed if is_known else None for observed, is_known in zip(seen.observed_imei, known, strict=True)
    ]
    return {
        "serial_mismatch": _each(serial, lambda pair: float(_plain(pair[0]) != _plain(pair[1]))),
        "serial_difference": _each(serial, lambda pair: serial_difference(*pair)),
        "imei_mismatch": _each(imei, lambda pair: float(pair[0][:14] != pair[1][:14])),
        "tac_mismatch": _each(imei, lambda pair: float(pair[0][:TAC_DIGITS] != pair[1][:TAC_DIGITS])),
        "imei_check_fails": np.array([UNKNOWN if one is None else imei_check_fails(one) for one in read]),
        "expected_imei_check_fails": np.array(
            [UNKNOWN if one is None else imei_check_fails(one) for one in rma.expected_imei]
        ),
    }


@lru_cache(maxsize=65_536)
def imei_check_fails(imei: str) -> float:
    """Return 1 if the 15th digit is not the Luhn digit of the others, NaN for any other length."""
    if len(imei) != 15:
        return UNKNOWN
    return float(not luhn.is_valid(imei))


def serial_difference(expected: str, observed: str) -> float:
    """Return the share of characters that differ: small for a slip of the pen, large for another unit."""
    first, second = _plain(expected), _plain(observed)
    same = sum(one == other for one, other in zip(first, second, strict=False))
    return 1.0 - same / max(len(first), len(second))


def _plain(serial: str) -> str:
    """Drop what inspectors type differently: case, hyphens, and O for 0 and I for 1."""
    return serial.upper().replace("-", "").replace("O", "0").replace("I", "1") or serial


Pair = tuple[str, str]


def _pairs(expected: Texts, observed: Texts, known: list[bool]) -> list[Pair | None]:
    return [
        (sold, read) if is_known and sold is not None and read is not None else None
        for sold, read, is_known in zip(expected, observed, known, strict=True)
    ]


def _each(pairs: list[Pair | None], measure: Callable[[Pair], float]) -> Floats:
    return np.array([UNKNOWN if pair is None else measure(pair) for pair in pairs], dtype=np.float64)
