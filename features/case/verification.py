"""Describe what the bench found when the parcel was opened."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache

import numpy as np

from data.case_columns import CaseColumns, Codes, Floats
from data.scan import ScanCode
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState
from features.case.rma import HOUR_S
from features.case.segments import Mask, Segments

OPENED = [outcome for outcome in Outcome if outcome not in {Outcome.NOT_OPENED, Outcome.UNKNOWN}]
OPENED_CODES = np.array([list(Outcome).index(outcome) for outcome in OPENED])
OPENED_NAMES = [f"outcome_{outcome.value}" for outcome in OPENED]
INDUCTED = list(ScanCode).index(ScanCode.INDUCTED)
FIRST_TESTED = list(FunctionalGrade).index(FunctionalGrade.FAILED)


def verification_features(cases: CaseColumns) -> dict[str, Floats]:
    """Return the bench's findings; NaN before the visit and for what was not looked at."""
    bench, rma = cases.verification, cases.rma
    known = bench.verified_s <= cases.as_of_s
    missing = np.where(known, bench.accessories_missing, np.nan)
    weight = np.where(known, bench.weight_g, np.nan)
    functional = np.where(known & (bench.functional >= FIRST_TESTED), bench.functional - FIRST_TESTED, np.nan)
    return {
        **_outcomes(known, bench.outcome),
        "class_mismatch": np.where(
            known & (bench.observed_class >= 0), bench.observed_class != rma.device_class, np.nan
        ),
        "bench_weight_off": weight / rma.expected_weight_g - 1.0,
        "bench_weight_off_abs": np.abs(weight / rma.expected_weight_g - 1.0),
        "bench_against_scan_weight": weight / _scanned_weight(cases) - 1.0,
        "seal_not_intact": _state(
            known, bench.seal, SealState, [SealState.BROKEN, SealState.RESEALED, SealState.ABSENT]
        ),
        "seal_resealed": _state(known, bench.seal, SealState, [SealState.RESEALED]),
        "lock_on": _state(known, bench.lock, LockState, [LockState.ON]),
        "listed_stolen": _state(known, bench.list_status, ListStatus, [ListStatus.STOLEN, ListStatus.LOST]),
        "accessories_missing": missing,
        "accessories_missing_share": missing / np.maximum(rma.accessories_expected, 1.0),
        "functional_grade": functional,
        "induction_to_verification_h": np.where(known, bench.verified_s - _inducted_s(cases), np.nan)
        / HOUR_S,
    }


def is_verified(cases: CaseColumns) -> Mask:
    """Return whether the bench's findings were known by `as_of`."""
    return np.asarray(cases.verification.verified_s <= cases.as_of_s)


def _scanned_weight(cases: CaseColumns) -> Floats:
    scans = cases.scans
    weighed = (scans.known_s <= cases.as_of_s[scans.row]) & ~np.isnan(scans.weight_g)
    return Segments(scans.row, len(cases)).last(scans.weight_g, weighed)


def _inducted_s(cases: CaseColumns) -> Floats:
    scans = cases.scans
    inducted = (scans.known_s <= cases.as_of_s[scans.row]) & (scans.code == INDUCTED)
    return Segments(scans.row, len(cases)).first(scans.time_s, inducted)


def _outcomes(known: Mask, outcome: Codes) -> dict[str, Floats]:
    """Return whether the parcel was opened, and each way in which that can have ended."""
    kinds = np.where(known[:, None], outcome[:, None] == OPENED_CODES, np.nan)
    opened = np.where(known, (outcome[:, None] == OPENED_CODES).any(axis=1), np.nan)
    return {"opened": opened, **dict(zip(OPENED_NAMES, kinds.T, strict=True))}


def _state(known: Mask, codes: Codes, kinds: type[StrEnum], wanted: Sequence[StrEnum]) -> Floats:
    """Return whether a state is one of the wanted; NaN where it is unknown."""
    return np.where(known, _answers(kinds, tuple(wanted))[codes], np.nan)


@cache
def _answers(kinds: type[StrEnum], wanted: tuple[StrEnum, ...]) -> Floats:
    """Return the answer to each code: NaN for `unknown`, else whether it is wanted."""
    return np.array([np.nan if kind.value == "unknown" else float(kind in wanted) for kind in kinds])
