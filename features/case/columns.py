"""Turn live cases, and the conditions their photos led to, into the columns that the features read."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from itertools import chain

import numpy as np

from data.case import ReturnCase
from data.case_columns import (
    CaseColumns,
    Codes,
    FindingColumns,
    Floats,
    PriorColumns,
    RmaColumns,
    ScanColumns,
    Texts,
    VerificationColumns,
)
from data.condition import Condition, PhotoCode
from data.defect import DefectKind, Grade
from data.device import DeviceClass
from data.history import Link, PriorOutcome
from data.identity.spelling import absent_from, plain_name, plain_number
from data.rma import Channel, Ownership, ReturnReason, Rma
from data.scan import ScanCode, ScanEvent
from data.verification import FunctionalGrade, ListStatus, LockState, Outcome, SealState, Verification

UNKNOWN = float("nan")


def columns_of(cases: Sequence[ReturnCase], conditions: Sequence[Condition | None]) -> CaseColumns:
    """Return the columns of many cases and of the conditions beside them.

    A condition counts as known, since its photos were taken for this decision.
    """
    as_of = _floats(_second(case.as_of) for case in cases)
    return CaseColumns(
        as_of_s=as_of,
        rma=_rmas(cases),
        priors=_priors(cases),
        scans=_scans(cases),
        verification=_verifications(cases),
        findings=_findings(cases, conditions, as_of),
    )


def _rmas(cases: Sequence[ReturnCase]) -> RmaColumns:
    rmas = [case.rma for case in cases]
    return RmaColumns(
        channel=_codes(Channel, (rma.channel for rma in rmas)),
        reason=_codes(ReturnReason, (rma.reason for rma in rmas)),
        first_reason=_codes(ReturnReason, (rma.first_reason for rma in rmas)),
        device_class=_codes(DeviceClass, (rma.device_class for rma in rmas)),
        ownership=_codes(Ownership, (rma.ownership for rma in rmas)),
        ordered_s=_seconds(rma.ordered_at for rma in rmas),
        delivered_s=_seconds(rma.delivered_at for rma in rmas),
        requested_s=_seconds(rma.requested_at for rma in rmas),
        account_created_s=_seconds(rma.account_created_at for rma in rmas),
        return_window_days=_floats(rma.return_window_days for rma in rmas),
        has_receipt=_floats(rma.has_receipt for rma in rmas),
        picked_up_elsewhere=_floats(_elsewhere(rma) for rma in rmas),
        declared_rank=_floats(
            None if rma.declared_grade is None else rma.declared_grade.rank for rma in rmas
        ),
        accessories_expected=_floats(
            None if rma.expected_accessories is None else len(rma.expected_accessories) for rma in rmas
        ),
        expected_weight_g=_floats(rma.expected_weight_g for rma in rmas),
        amount=_floats(rma.value.amount for rma in rmas),
        currency=_texts(rma.value.currency for rma in rmas),
        category=_texts(rma.category for rma in rmas),
        expected_serial=_texts(rma.expected_serial for rma in rmas),
        expected_imeis=_texts(rma.identity.imeis for rma in rmas),
        has_history=_floats(case.history is not None for case in cases),
        orders_count=_floats(case.history.orders_count if case.history else None for case in cases),
    )


def _priors(cases: Sequence[ReturnCase]) -> PriorColumns:
    found = [
        (row, prior)
        for row, case in enumerate(cases)
        for prior in sorted(case.known_returns, key=lambda one: (one.requested_at, one.rma_id))
        if plain_name(prior.rma_id) != plain_name(case.rma.rma_id)
    ]
    priors = [prior for _, prior in found]
    return PriorColumns(
        row=_ints(row for row, _ in found),
        links=_ints(
            sum(1 << bit for bit, link in enumerate(Link) if link in prior.links) for prior in priors
        ),
        customer=_numbers(prior.customer_id for prior in priors),
        requested_s=_seconds(prior.requested_at for prior in priors),
        amount=_floats(prior.value.amount if prior.value else None for prior in priors),
        currency=_texts(prior.value.currency if prior.value else None for prior in priors),
        outcome=_codes(PriorOutcome, (prior.outcome for prior in priors)),
        outcome_known_s=_seconds(prior.outcome_known_at for prior in priors),
    )


def _scans(cases: Sequence[ReturnCase]) -> ScanColumns:
    found = [
        (row, scan) for row, case in enumerate(cases) for scan in sorted(case.distinct_scans, key=_place)
    ]
    scans = [scan for _, scan in found]
    return ScanColumns(
        row=_ints(row for row, _ in found),
        code=_codes(ScanCode, (scan.code for scan in scans)),
        time_s=_seconds(scan.time for scan in scans),
        known_s=_seconds(scan.known_since for scan in scans),
        carrier=_numbers(scan.carrier for scan in scans),
        tracking=_numbers((scan.tracking_id for scan in scans), plain_number),
        facility=_numbers(scan.facility for scan in scans),
        handler=_numbers(scan.handler for scan in scans),
        third_party=_floats(scan.is_third_party for scan in scans),
        latitude_deg=_floats(_coordinate(scan, "latitude_deg") for scan in scans),
        longitude_deg=_floats(_coordinate(scan, "longitude_deg") for scan in scans),
        weight_g=_floats(scan.weight_g for scan in scans),
    )


def _verifications(cases: Sequence[ReturnCase]) -> VerificationColumns:
    visits = [case.verification for case in cases]
    return VerificationColumns(
        verified_s=_seconds(visit.verified_at if visit else None for visit in visits),
        outcome=_codes(Outcome, (visit.outcome if visit else Outcome.UNKNOWN for visit in visits)),
        observed_class=_codes(
            DeviceClass, (visit.observed_device_class if visit else None for visit in visits)
        ),
        observed_serial=_texts(visit.observed_serial if visit else None for visit in visits),
        observed_imeis=_texts(visit.identity.imeis if visit else () for visit in visits),
        weight_g=_floats(visit.weight_g if visit else None for visit in visits),
        accessories_missing=_floats(
            _accessories_missing(case.rma, visit) for case, visit in zip(cases, visits, strict=True)
        ),
        seal=_codes(SealState, (visit.seal if visit else SealState.UNKNOWN for visit in visits)),
        lock=_codes(LockState, (visit.lock if visit else LockState.UNKNOWN for visit in visits)),
        list_status=_codes(
            ListStatus, (visit.list_status if visit else ListStatus.UNKNOWN for visit in visits)
        ),
        functional=_codes(
            FunctionalGrade, (visit.functional if visit else FunctionalGrade.UNTESTED for visit in visits)
        ),
    )


def _findings(
    cases: Sequence[ReturnCase], conditions: Sequence[Condition | None], as_of: Floats
) -> FindingColumns:
    graded = [condition if condition is not None and condition.photos else None for condition in conditions]
    has = np.array([condition is not None for condition in graded], dtype=bool)
    return FindingColumns(
        taken_s=np.where(has, as_of, UNKNOWN),
        grades=_table([_grades(condition) for condition in graded], len(Grade)),
        grade_rank=_floats(c.grade.rank if c is not None and c.grade is not None else None for c in graded),
        defects=_table([_defects(condition) for condition in graded], len(DefectKind)),
        photos=_floats(len(c.photos) if c is not None else None for c in graded),
        photos_ok=_floats(sum(p.quality.ok for p in c.photos) if c is not None else None for c in graded),
        photos_duplicate=_floats(_duplicates(c) if c is not None else None for c in graded),
        class_seen=_floats(_classes(c, None) if c is not None else None for c in graded),
        class_mismatched=_floats(
            _classes(c, case.rma.device_class) if c is not None else None
            for c, case in zip(graded, cases, strict=True)
        ),
    )


def _grades(condition: Condition | None) -> list[float]:
    if condition is None or not condition.grade_probabilities:
        return [UNKNOWN] * len(Grade)
    return [condition.grade_probabilities.get(grade, 0.0) for grade in Grade]


def _defects(condition: Condition | None) -> list[float]:
    if condition is None:
        return [UNKNOWN] * len(DefectKind)
    return [condition.probability(kind) for kind in DefectKind]


def _duplicates(condition: Condition) -> int:
    return sum(PhotoCode.DUPLICATE in photo.quality.codes for photo in condition.photos)


def _classes(condition: Condition, sold: DeviceClass | None) -> int:
    """Count the photos that name a device class, or of those the ones that name another than was sold."""
    named = [photo.device_class for photo in condition.photos if photo.device_found]
    return sum(1 for seen in named if seen is not None and seen is not sold)


def _elsewhere(rma: Rma) -> bool | None:
    if rma.address_id is None or rma.pickup_address_id is None:
        return None
    return plain_name(rma.address_id) != plain_name(rma.pickup_address_id)


def _accessories_missing(rma: Rma, visit: Verification | None) -> int | None:
    if visit is None or visit.accessories is None or rma.expected_accessories is None:
        return None
    return len(absent_from(visit.accessories, rma.expected_accessories))


def _coordinate(scan: ScanEvent, name: str) -> float | None:
    return getattr(scan.place, name) if scan.place else None


def _place(scan: ScanEvent) -> tuple[datetime, int]:
    """Order scans by time, and those of one moment by what happens first, however they are listed."""
    return scan.time, _order(ScanCode)[scan.code]


def _second(instant: datetime) -> float:
    return instant.timestamp()


def _seconds(instants: Iterable[datetime | None]) -> Floats:
    return np.array([UNKNOWN if one is None else one.timestamp() for one in instants], dtype=np.float64)


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([UNKNOWN if value is None else value for value in values], dtype=np.float64)


def _ints(values: Iterable[int]) -> Codes:
    return np.array(list(values), dtype=np.int64)


def _texts(values: Iterable[str | tuple[str, ...] | None]) -> Texts:
    found = list(values)
    texts = np.empty(len(found), dtype=object)
    for place, value in enumerate(found):
        texts[place] = value
    return texts


@cache
def _order(kinds: type[StrEnum]) -> dict[StrEnum, int]:
    return {kind: code for code, kind in enumerate(kinds)}


def _codes(kinds: type[StrEnum], values: Iterable[StrEnum | None]) -> Codes:
    order = _order(kinds)
    return np.array([-1 if value is None else order[value] for value in values], dtype=np.int64)


def _numbers(names: Iterable[str | None], spell: Callable[[str], str] = plain_name) -> Codes:
    """Number names by first appearance: the numbers only mean same, however spelled, or not the same."""
    spelled: dict[str, int] = {}
    number_of: dict[str | None, int] = {None: -1}
    found = []
    for name in names:
        if name is not None and name not in number_of:
            number_of[name] = spelled.setdefault(spell(name), len(spelled))
        found.append(number_of[name])
    return np.array(found, dtype=np.int64)


def _table(rows: list[list[float]], width: int) -> Floats:
    return np.array(list(chain.from_iterable(rows)), dtype=np.float64).reshape(len(rows), width)
