"""Define the columns that hold many cases, live or simulated, in one form.

Times are seconds since 1970 UTC as float64, NaN where unknown. Codes are the position in their enum, -1
where unknown; yes-or-no facts are 1, 0 or NaN; the IMEIs of a device are a tuple, empty where unknown.
Scans and prior returns are flat, with the row of the case each belongs to, sorted by that row and by time.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class _Columns:
    def take(self, rows: NDArray[Any]) -> Self:
        """Return the given rows, a mask or positions, of every column."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class RmaColumns(_Columns):
    """What was agreed before the parcel moved, one row a case."""

    channel: Codes
    reason: Codes
    first_reason: Codes
    device_class: Codes
    ownership: Codes
    ordered_s: Floats
    delivered_s: Floats
    requested_s: Floats
    account_created_s: Floats
    return_window_days: Floats
    has_receipt: Floats
    picked_up_elsewhere: Floats
    declared_rank: Floats
    accessories_expected: Floats
    expected_weight_g: Floats
    amount: Floats
    currency: Texts
    category: Texts
    expected_serial: Texts
    expected_imeis: Texts
    has_history: Floats
    orders_count: Floats


@dataclass(frozen=True)
class PriorColumns(_Columns):
    """Earlier returns linked to a case; `links` holds one bit for each Link in its order."""

    row: Codes
    links: Codes
    customer: Codes
    requested_s: Floats
    amount: Floats
    currency: Texts
    outcome: Codes
    outcome_known_s: Floats


@dataclass(frozen=True)
class ScanColumns(_Columns):
    """Scan events; the numbers of carriers, labels, facilities and handlers only mean same or not."""

    row: Codes
    code: Codes
    time_s: Floats
    known_s: Floats
    carrier: Codes
    tracking: Codes
    facility: Codes
    handler: Codes
    third_party: Floats
    latitude_deg: Floats
    longitude_deg: Floats
    weight_g: Floats


@dataclass(frozen=True)
class VerificationColumns(_Columns):
    """The bench's findings, one row a case; `verified_s` is NaN where there was no bench visit."""

    verified_s: Floats
    outcome: Codes
    observed_class: Codes
    observed_serial: Texts
    observed_imeis: Texts
    weight_g: Floats
    accessories_missing: Floats
    seal: Codes
    lock: Codes
    list_status: Codes
    functional: Codes


@dataclass(frozen=True)
class FindingColumns(_Columns):
    """What the photos showed; every column is NaN where there was no photo.

    `defects` is (n, kinds) in DefectKind order, `grades` (n, 5) in Grade order.
    """

    taken_s: Floats
    grades: Floats
    grade_rank: Floats
    defects: Floats
    photos: Floats
    photos_ok: Floats
    photos_duplicate: Floats
    class_seen: Floats
    class_mismatched: Floats


Flat = TypeVar("Flat", PriorColumns, ScanColumns)


@dataclass(frozen=True)
class CaseColumns:
    """n cases as columns, each with the moment up to which it counts."""

    as_of_s: Floats
    rma: RmaColumns
    priors: PriorColumns
    scans: ScanColumns
    verification: VerificationColumns
    findings: FindingColumns

    def __len__(self) -> int:
        return len(self.as_of_s)

    def at(self, as_of_s: Floats) -> Self:
        """Return the same cases at other moments."""
        return replace(self, as_of_s=as_of_s)

    def take(self, positions: Codes) -> Self:
        """Return the cases at the given ascending positions, with their scans and prior returns."""
        place = np.full(len(self), -1, dtype=np.int64)
        place[positions] = np.arange(len(positions))
        return replace(
            self,
            as_of_s=self.as_of_s[positions],
            rma=self.rma.take(positions),
            verification=self.verification.take(positions),
            findings=self.findings.take(positions),
            priors=_take_flat(self.priors, place),
            scans=_take_flat(self.scans, place),
        )


def _take_flat(columns: Flat, place: Codes) -> Flat:
    rows = place[columns.row]
    kept = columns.take(rows >= 0)
    return replace(kept, row=rows[rows >= 0])
