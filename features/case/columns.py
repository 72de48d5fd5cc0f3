"""Turn live cases, and the conditions their photos led to, into the columns that the features read."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

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
LINK_BITS = {link: 1 << bit for bit, link in enumerate(Link)}
# What stands for a bench visit that was none: nothing was found.
NO_VISIT = Verification(verified_at=datetime(2000, 1, 1, tzinfo=UTC))


def columns_of(cases: Sequence[ReturnCase], conditions: Sequence[Condition | None]) -> CaseColumns:
    """Return the columns of many cases and of the conditions beside them.

    A condition counts as known, since its photos were taken for this decision.
    """
    cases = [case.as_known for case in cases]
    as_of = _seconds(case.as_of for case in cases)
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
    column = _Column(rmas)
    return RmaColumns(
        channel=_codes(Channel, column("channel")),
        reason=_codes(ReturnReason, column("reason")),
        first_reason=_codes(ReturnReason, column("first_reason")),
        device_class=_codes(DeviceClass, column("device_class")),
        ownership=_codes(Ownership, column("ownership")),
        ordered_s=_seconds(column("ordered_at")),
        delivered_s=_seconds(column("delivered_at")),
        requested_s=_seconds(column("requested_at")),
        account_created_s=_seconds(column("account_created_at")),
        return_window_days=_floats(column("return_window_days")),
        has_receipt=_floats(column("has_receipt")),
        picked_up_elsewhere=_floats(map(_elsewhere, rmas)),
        declared_rank=_floats(None if grade is None else grade.rank for grade in column("declared_grade")),
        accessories_expected=_floats(
            None if names is None else len(names) for names in column("expected_accessories")
        ),
        expected_weight_g=_floats(column("expected_weight_g")),
        amount=_floats(column("value.amount")),
        currency=_texts(column("value.currency")),
        category=_texts(column("category")),
        expected_serial=_texts(column("expected_serial")),
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
    column = _Column([prior for _, prior in found])
    values = column("value")
    return PriorColumns(
        row=_ints(row for row, _ in found),
        links=_ints(sum(map(LINK_BITS.__getitem__, links)) for links in column("links")),
        customer=_numbers(column("customer_id")),
        requested_s=_seconds(column("requested_at")),
        amount=_floats(value.amount if value else None for value in values),
        currency=_texts(value.currency if value else None for value in values),
        outcome=_codes(PriorOutcome, column("outcome")),
        outcome_known_s=_seconds(column("outcome_known_at")),
    )


def _scans(cases: Sequence[ReturnCase]) -> ScanColumns:
    found = [(row, scan) for row, case in enumerate(cases) for scan in _in_order(case)]
    column = _Column([scan for _, scan in found])
    time_s = _seconds(column("time"))
    known_s = _seconds(column("known_at"))
    places = column("place")
    return ScanColumns(
        row=_ints(row for row, _ in found),
        code=_codes(ScanCode, column("code")),
        time_s=time_s,
        known_s=np.where(np.isnan(known_s), time_s, known_s),
        carrier=_numbers(column("carrier")),
        tracking=_numbers(column("tracking_id"), plain_number),
        facility=_numbers(column("facility")),
        handler=_numbers(column("handler")),
        third_party=_floats(column("is_third_party")),
        latitude_deg=_floats(place.latitude_deg if place else None for place in places),
        longitude_deg=_floats(place.longitude_deg if place else None for place in places),
        weight_g=_floats(column("weight_g")),
    )


def _in_order(case: ReturnCase) -> list[ScanEvent]:
    """Return each scan once, by time, and those of one moment by what happens first."""
    order = _order(ScanCode)
    placed = [(scan.time.timestamp(), order[scan.code], scan) for scan in case.scans]
    # Copies of one scan have one place; where there are none, nothing is to be merged.
    if len({place[:2] for place in placed}) < len(placed):
        placed = [(scan.time.timestamp(), order[scan.code], scan) for scan in case.distinct_scans]
    placed.sort(key=itemgetter(0, 1))
    return [scan for *_, scan in placed]


def _verifications(cases: Sequence[ReturnCase]) -> VerificationColumns:
    visits = [case.verification or NO_VISIT for case in cases]
    column = _Column(visits)
    verified = np.array([case.verification is not None for case in cases], dtype=bool)
    return VerificationColumns(
        verified_s=np.where(verified, _seconds(column("verified_at")), UNKNOWN),
        outcome=_codes(Outcome, column("outcome")),
        observed_class=_codes(DeviceClass, column("observed_device_class")),
        observed_serial=_texts(column("observed_serial")),
        observed_imeis=_texts(visit.identity.imeis for visit in visits),
        weight_g=_floats(column("weight_g")),
        accessories_missing=_floats(
            _accessories_missing(case.rma, visit) for case, visit in zip(cases, visits, strict=True)
        ),
        seal=_codes(SealState, column("seal")),
        lock=_codes(LockState, column("lock")),
        list_status=_codes(ListStatus, column("list_status")),
        functional=_codes(FunctionalGrade, column("functional")),
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


def _accessories_missing(rma: Rma, visit: Verification) -> int | None:
    if visit.accessories is None or rma.expected_accessories is None:
        return None
    return len(absent_from(visit.accessories, rma.expected_accessories))


class _Column:
    """The values of one attribute after another of many messages, without a call of ours for each."""

    def __init__(self, messages: Sequence[object]) -> None:
        self._messages = messages

    def __call__(self, name: str) -> list[Any]:
        """Return the values of an attribute, or of one of an attribute, such as value.amount."""
        return list(map(attrgetter(name), self._messages))


def _seconds(instants: Iterable[datetime | None]) -> Floats:
    return np.array([UNKNOWN if one is None else one.timestamp() for one in instants], dtype=np.float64)


def _floats(values: Iterable[float | None]) -> Floats:
    # numpy reads None as NaN.
    return np.array(list(values), dtype=np.float64)


def _ints(values: Iterable[int]) -> Codes:
    return np.array(list(values), dtype=np.int64)


def _texts(values: Iterable[str | tuple[str, ...] | None]) -> Texts:
    found = list(values)
    texts = np.empty(len(found), dtype=object)
    for place, value in enumerate(found):
        texts[place] = value
    return texts


@cache
def _order(kinds: type[StrEnum]) -> dict[StrEnum | None, int]:
    return {None: -1} | {kind: code for code, kind in enumerate(kinds)}


def _codes(kinds: type[StrEnum], values: Iterable[StrEnum | None]) -> Codes:
    return np.array(list(map(_order(kinds).__getitem__, values)), dtype=np.int64)


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
