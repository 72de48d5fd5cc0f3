"""Turn a decision into the row that is kept, and back, with the hash that shows whether it was touched."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from data.case import ReturnCase
from data.decision import Decision, Destination, Disposition
from data.defect import Grade
from data.device import View
from data.fraud import Action
from data.scan import RECEIVED
from data.strict import writable
from features.photo.likeness.likeness import Likeness
from serving.memory.merge import with_memory
from serving.record.audit_draw import AuditDraw
from serving.record.moment import to_text
from serving.record.photo_store.photo_trace import PhotoTrace

DECISION = TypeAdapter(Decision)
# Fields that came later than the first records. Where they say nothing they are left out, so that a case is
# written, and a request recognised, as it was before.
LATER_FIELDS = (
    ("rma", "expected_imeis"),
    ("rma", "known_at"),
    ("verification", "observed_imeis"),
    ("verification", "known_at"),
    ("history", "orders_known_at"),
)
# The same of a decision: where these hold nothing they are left out of what is kept and hashed.
LATER_DECISION_FIELDS = (
    ("policy", "overrides"),
    ("would_change",),
    ("own_currency",),
    ("memory",),
    ("photo_proof",),
    ("fraud", "floors"),
    ("fraud", "breakdown"),
)
# Made once: json.dumps would make one for each value.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Entry:
    """One decision to keep, with what was asked, the caller's key and the hash of what it was taken with.

    `case` is as it was sent; the decision holds what our own record added. `likenesses` are of its photos, by
    their numbers. `looks_asked`: for which reasons somebody should look at it though nothing holds it.
    `draw`: whether it was drawn for a blind audit; None only in decisions of before.
    """

    decision: Decision
    case: ReturnCase
    photos: tuple[PhotoTrace, ...]
    fingerprint: str
    idempotency_key: str | None
    refund_amount: float
    currency: str
    likenesses: Mapping[int, Likeness] = field(default_factory=dict)
    configuration_sha256: str | None = None
    looks_asked: tuple[str, ...] = ()
    draw: AuditDraw | None = None


@dataclass(frozen=True)
class Override:
    """A person's other choice; destroying, and a return of high value, need a second person."""

    at: datetime
    person: str
    second_person: str | None
    reason: str
    disposition: Disposition
    destination: Destination
    reason_code: str | None = None


@dataclass(frozen=True)
class Kept:
    """One decision as it lies in the record, with the overrides that came later."""

    sequence: int
    decision: Decision
    case: dict[str, Any]
    photos: tuple[PhotoTrace, ...]
    overrides: tuple[Override, ...]
    sha256: str
    configuration_sha256: str | None = None


def trace_photo(index: int, name: str, body: bytes) -> PhotoTrace:
    """Name a photo by its hash, so that the record can say later which one was judged."""
    return PhotoTrace(index, writable(name), len(body), hashlib.sha256(body).hexdigest())


def fingerprint(
    case: ReturnCase, photos: tuple[PhotoTrace, ...], views: tuple[View, ...] | None = None
) -> str:
    """Return the hash of what was asked: the same case with the same photos and views has the same one."""
    asked = [case_document(case), [photo.sha256 for photo in photos], views]
    return content_sha256(*(canonical_json(part) for part in asked))


def case_document(case: ReturnCase) -> dict[str, Any]:
    """Return a case as JSON values, its sets sorted, so that the same case always reads the same."""
    document: dict[str, Any] = _sorted_sets(case.model_dump(mode="json"), case.model_dump())
    for part, name in LATER_FIELDS:
        if document[part] is not None and not document[part][name]:
            del document[part][name]
    return document


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return a decision as JSON values, written as it was before later fields where these hold nothing."""
    document: dict[str, Any] = DECISION.dump_python(decision, mode="json")
    for *parts, name in LATER_DECISION_FIELDS:
        holder = document
        for part in parts:
            holder = holder[part]
        if not holder[name]:
            del holder[name]
    return document


def canonical_json(value: Any) -> str:
    """Write JSON in one fixed way; raises ValueError for NaN and infinity."""
    return _CANONICAL.encode(value)


def content_sha256(*parts: str) -> str:
    """Return one hash over several texts, each closed by its length so that nothing can move between them."""
    digest = hashlib.sha256()
    for part in parts:
        body = part.encode()
        digest.update(f"{len(body)}:".encode())
        digest.update(body)
    return digest.hexdigest()


def needs_person(decision: Decision) -> bool:
    """Return whether somebody must look: a hold, a review, an abstention or anything in quarantine."""
    grade = decision.condition.deciding_grade if decision.condition else None
    return waits_for_somebody(decision.disposition, decision.fraud.action, grade)


def waits_for_somebody(disposition: Disposition, action: Action, grade: Grade | None) -> bool:
    """Return whether what was chosen waits for a person; `grade` is the one that may decide without one."""
    return disposition is Disposition.QUARANTINE or action is not Action.RELEASE or grade is None


def receipt_to_decision_h(case: ReturnCase) -> float | None:
    """Return the hours from the first dock or delivery scan to the decision; None without such a scan."""
    times = [scan.time for scan in case.scans if scan.code in RECEIVED and scan.time <= case.as_of]
    return (case.as_of - min(times)).total_seconds() / 3600 if times else None


def event_row(
    event_id: str, kind: str, decision_id: str, *, at: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the columns of an event that tells others of a change."""
    told = {"type": kind, "at": at, "data": canonical_json(data)}
    return {"event_id": event_id, "decision_id": decision_id, **told}


def row_of(entry: Entry) -> dict[str, Any]:
    """Return the columns of one decision."""
    decision, condition = entry.decision, entry.decision.condition
    kept = {
        "decision": canonical_json(decision_document(decision)),
        "return_case": canonical_json(case_document(entry.case)),
        "photos": canonical_json([photo.values() for photo in entry.photos]),
    }
    return {
        **kept,
        "sha256": content_sha256(*kept.values()),
        "decision_id": decision.decision_id,
        "rma_id": decision.rma_id,
        "decided_at": to_text(decision.decided_at),
        "disposition": decision.disposition.value,
        "destination": decision.destination.value,
        "decided_by": decision.decided_by,
        "grade": condition.grade.value if condition and condition.grade else None,
        "fraud_probability": decision.fraud.probability,
        "fraud_action": decision.fraud.action.value,
        "needs_person": needs_person(decision),
        "receipt_to_decision_h": receipt_to_decision_h(with_memory(entry.case, decision.memory)),
        "refund_amount": entry.refund_amount,
        "expected_amount": decision.expected_values[0].amount if decision.expected_values else None,
        "currency": entry.currency,
        "idempotency_key": entry.idempotency_key,
        "fingerprint": entry.fingerprint,
        "configuration_sha256": entry.configuration_sha256,
        "looks_asked": ",".join(entry.looks_asked) or None,
        "audit_probability": entry.draw.probability if entry.draw else None,
        "is_drawn": entry.draw.is_drawn if entry.draw else None,
    }


def _sorted_sets(written: Any, original: Any) -> Any:
    if isinstance(original, frozenset):
        return sorted(written)
    if isinstance(original, dict):
        return {key: _sorted_sets(written[key], value) for key, value in original.items()}
    if isinstance(original, tuple):
        return [_sorted_sets(*pair) for pair in zip(written, original, strict=True)]
    return written
