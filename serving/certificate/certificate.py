"""State what a decision knows of a device's condition, with a hash that shows whether a copy was changed.

A certificate goes with the device to people who never knew the customer. It tells what was read from the
device and seen on its photos: neither who returned it, nor the fraud score, nor what it was said to be.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from data.condition import (
    Assurance,
    Condition,
    DefectFinding,
    ModelIdentity,
    PhotoCode,
    PhotoFinding,
    Standing,
)
from data.defect import Grade
from data.device import DeviceClass, View, most_shown
from data.memory.memory import Memory
from data.rma import merged_imeis
from data.verification import (
    BatterySign,
    FunctionalGrade,
    LockState,
    Outcome,
    SanitisationState,
)
from serving.record.entry import Kept, canonical_json, content_sha256
from serving.record.photo_store.photo_trace import PhotoTrace


class NothingToCertify(Exception):
    """The decision was taken without photos, so that nobody saw the device's condition."""


@dataclass(frozen=True)
class CertifiedDevice:
    """What was read from the device itself; None and unknown where nobody looked.

    `sku` is what was sold, and None unless the bench found that very thing.
    """

    device_class: DeviceClass | None
    sku: str | None
    serial: str | None
    imeis: tuple[str, ...]
    functional: FunctionalGrade
    sanitisation: SanitisationState
    lock: LockState
    battery_signs: tuple[BatterySign, ...]


@dataclass(frozen=True)
class CertifiedPhoto:
    """Which photo was judged, by its hash as it was sent, and what stood in the way of judging it."""

    index: int
    sha256: str
    view: View
    is_judged: bool
    codes: tuple[PhotoCode, ...]


@dataclass(frozen=True)
class Certificate:
    """The condition of one device as one decision found it.

    `standards`: by name, where the device stands on each other scale, with the limit that decided and the
    version of its criteria pack. `record_sha256`: the hash of the decision in the record.
    `configuration_sha256`: that of all it was taken with, None in decisions of before that was kept.
    `sha256`: the hash of the canonical JSON of everything else here.
    """

    decision_id: str
    rma_id: str
    decided_at: datetime
    device: CertifiedDevice
    grade: Grade | None
    deciding_limit: str
    abstain_reasons: tuple[str, ...]
    standards: dict[str, Standing | str]
    assurance: Assurance | None
    defects: tuple[DefectFinding, ...]
    photos: tuple[CertifiedPhoto, ...]
    model: ModelIdentity
    criteria: dict[str, str]
    record_sha256: str
    configuration_sha256: str | None
    superseded_by: str | None
    sha256: str = ""


CERTIFICATE = TypeAdapter(Certificate)


def certify(kept: Kept, superseded_by: str | None) -> Certificate:
    """Return the certificate of a kept decision; the same decision always has the same one.

    `superseded_by`: a later decision of the same return, if there is one: then this certificate says so.

    Raises NothingToCertify without photos.
    """
    decision, condition = kept.decision, kept.decision.condition
    if condition is None:
        raise NothingToCertify(
            f"decision {decision.decision_id} was taken without photos, so there is no condition to certify: "
            "decide again with photos of the device"
        )
    return _sealed(
        Certificate(
            decision_id=decision.decision_id,
            rma_id=decision.rma_id,
            decided_at=decision.decided_at,
            device=_device(kept.case, decision.memory, condition),
            grade=condition.grade,
            deciding_limit=condition.deciding_limit,
            abstain_reasons=condition.abstain_reasons,
            standards=condition.standards,
            assurance=condition.assurance,
            defects=condition.defects,
            photos=tuple(_photo(*pair) for pair in zip(kept.photos, condition.photos, strict=True)),
            model=condition.model,
            criteria=condition.criteria,
            record_sha256=kept.sha256,
            configuration_sha256=kept.configuration_sha256,
            superseded_by=superseded_by,
        )
    )


def certificate_values(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON values."""
    values: dict[str, Any] = CERTIFICATE.dump_python(certificate, mode="json")
    return values


def _sealed(certificate: Certificate) -> Certificate:
    values = certificate_values(certificate)
    del values["sha256"]
    return replace(certificate, sha256=content_sha256(canonical_json(values)))


def _device(case: dict[str, Any], memory: Memory | None, condition: Condition) -> CertifiedDevice:
    # Field by field: a case that an earlier release kept need not pass the types of today. What the record
    # knew of the bench stood in for what was not sent.
    bench = (memory.verification if memory else None) or _known_bench(case) or {}
    seen = bench.get("observed_device_class")
    classes = [photo.device_class for photo in condition.photos]
    return CertifiedDevice(
        device_class=DeviceClass(seen) if seen else most_shown(classes),
        sku=case["rma"]["sku"] if bench.get("outcome") == Outcome.MATCH else None,
        serial=bench.get("observed_serial"),
        imeis=merged_imeis(bench.get("observed_imei"), tuple(bench.get("observed_imeis") or ())),
        functional=FunctionalGrade(bench.get("functional", FunctionalGrade.UNTESTED)),
        sanitisation=SanitisationState(bench.get("sanitisation", SanitisationState.UNKNOWN)),
        lock=LockState(bench.get("lock", LockState.UNKNOWN)),
        battery_signs=tuple(BatterySign(sign) for sign in sorted(bench.get("battery_signs", ()))),
    )


def _known_bench(case: dict[str, Any]) -> dict[str, Any] | None:
    """Return the bench's findings that were sent, unless they became known after the decision's moment."""
    bench: dict[str, Any] | None = case["verification"]
    if bench is None:
        return None
    moments = (bench["verified_at"], bench.get("known_at") or bench["verified_at"], case["as_of"])
    *known, as_of = map(datetime.fromisoformat, moments)
    return bench if max(known) <= as_of else None


def _photo(trace: PhotoTrace, finding: PhotoFinding) -> CertifiedPhoto:
    return CertifiedPhoto(trace.index, trace.sha256, finding.view, finding.quality.ok, finding.quality.codes)
