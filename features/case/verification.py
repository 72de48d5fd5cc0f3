"""Compute the features of what the bench found when it opened the parcel."""

import numpy as np

from data.case_columns import CaseColumns, Codes, Floats
from data.scan import ScanCode
from features.case.contract import CaseContract
from features.case.rma import HOUR_S
from features.case.segments import Mask, Segments
from features.case.words import FUNCTIONAL, LISTED, LOCK_ON, OUTCOME, SEAL_NOT_INTACT, SEAL_RESEALED

INDUCTED = list(ScanCode).index(ScanCode.INDUCTED)


def verification_features(cases: CaseColumns, contract: CaseContract) -> dict[str, Floats]:
    """Return the bench's findings; NaN before the visit and for what was not checked."""
    bench, rma = cases.verification, cases.rma
    known = bench.verified_s <= cases.as_of_s
    missing = np.where(known, bench.accessories_missing, np.nan)
    weight = np.where(known, bench.weight_g, np.nan)
    return {
        **_outcomes(known, bench.outcome, contract),
        "class_mismatch": np.where(
            known & (bench.observed_class >= 0), bench.observed_class != rma.device_class, np.nan
        ),
        "bench_weight_off": weight / rma.expected_weight_g - 1.0,
        "bench_weight_off_abs": np.abs(weight / rma.expected_weight_g - 1.0),
        "bench_against_scan_weight": weight / _scanned_weight(cases) - 1.0,
        "seal_not_intact": np.where(known, SEAL_NOT_INTACT.of(bench.seal), np.nan),
        "seal_resealed": np.where(known, SEAL_RESEALED.of(bench.seal), np.nan),
        "lock_on": np.where(known, LOCK_ON.of(bench.lock), np.nan),
        "listed_stolen": np.where(known, LISTED.of(bench.list_status), np.nan),
        "accessories_missing": missing,
        "accessories_missing_share": missing / np.maximum(rma.accessories_expected, 1.0),
        "functional_grade": np.where(known, FUNCTIONAL.of(bench.functional), np.nan),
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


def _outcomes(known: Mask, outcome: Codes, contract: CaseContract) -> dict[str, Floats]:
    """Return whether the parcel was opened, and each way in which that can have ended."""
    flags = contract.flags[OUTCOME.path]
    kinds = np.where(known[:, None], flags.spread(outcome), np.nan)
    return {"opened": kinds.max(axis=1, initial=0.0), **dict(zip(flags.columns, kinds.T, strict=True))}
