"""Read EPCIS 2.0 events in JSON into scans, and inspections into verifications."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from data.case import explain
from data.inbound.codes import UNKNOWN, Meaning, code_tables, source_code
from data.inbound.epcis.gs1_key import last_part, position_of, reference_of
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes, Reference, ReferenceKind, ScanDraft
from data.inbound.weight import UnknownWeight, grams
from data.scan import Place, ScanCode, ScanEvent
from data.source_code import SourceCode
from data.verification import ListStatus, Outcome, Verification

READ = {"ObjectEvent", "AggregationEvent", "TransactionEvent", "AssociationEvent"}
INSPECTING = "inspecting"
ENVELOPES = (("epcisBody", "eventList"), ("epcisBody", "queryResults", "resultsBody", "eventList"))


class _Open(BaseModel):
    """EPCIS allows extensions everywhere, so unknown fields are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _named(value: Any) -> Any:
    """Accept a place both as a string and as an object with an id."""
    return value.get("id") if isinstance(value, dict) else value


def _written(value: Any) -> Any:
    """Refuse a number for a time, which pydantic would take for seconds since 1970."""
    if not isinstance(value, str):
        raise ValueError("a time is written as text, such as 2026-03-01T09:30:00Z")
    return value


Written = Annotated[AwareDatetime, BeforeValidator(_written)]
Located = Annotated[str | None, BeforeValidator(_named)]


class _Transaction(_Open):
    type: str | None = None
    bizTransaction: str  # noqa: N815 - the standard's own name


class _Source(_Open):
    type: str
    source: str


class _Report(_Open):
    type: str | None = None
    value: float | None = None
    uom: str | None = None


class _Sensor(_Open):
    sensorReport: tuple[_Report, ...] = ()  # noqa: N815


class EpcisEvent(_Open):
    """What is read of one event; the names are those of the standard."""

    type: str
    eventTime: Written  # noqa: N815
    recordTime: Written | None = None  # noqa: N815
    eventID: str | None = None  # noqa: N815
    errorDeclaration: dict[str, Any] | None = None  # noqa: N815
    epcList: tuple[str, ...] = ()  # noqa: N815
    childEPCs: tuple[str, ...] = ()  # noqa: N815
    parentID: str | None = None  # noqa: N815
    bizStep: str | None = None  # noqa: N815
    disposition: str | None = None
    readPoint: Located = None  # noqa: N815
    bizLocation: Located = None  # noqa: N815
    bizTransactionList: tuple[_Transaction, ...] = ()  # noqa: N815
    sourceList: tuple[_Source, ...] = ()  # noqa: N815
    sensorElementList: tuple[_Sensor, ...] = Field(())  # noqa: N815


def read_epcis(text: str, file: str, notes: Notes) -> list[ScanDraft]:
    """Return one draft for each event of an EPCIS document, query document, list or single event.

    Raises InvalidMessage, naming event and field, for text that is none or an event that can't be read.
    """
    document = _document(text, file)
    created_at = _created_at(document, file)
    read: list[tuple[str, EpcisEvent]] = []
    for number, raw in enumerate(_events(document, file)):
        read.append((f"{file}: event {number}", _event(raw, f"{file}: event {number}")))
    withdrawn = {event.eventID for _, event in read if event.errorDeclaration is not None}
    return [draft for where, event in read for draft in _draft(event, where, withdrawn, created_at, notes)]


def is_epcis(text: str) -> bool:
    """Say whether JSON text looks like EPCIS rather than like a case."""
    return any(f'"{word}"' in text[:20_000] for word in ("EPCISDocument", "EPCISQueryDocument", "eventTime"))


def _document(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidMessage(f"{file} is no JSON: {error}") from error


def _created_at(document: Any, file: str) -> datetime | None:
    """Return when the document was made: the latest that its events can have become known."""
    raw = document.get("creationDate") if isinstance(document, dict) else None
    if raw is None:
        return None
    try:
        return TypeAdapter(Written).validate_python(raw)
    except ValidationError as error:
        raise InvalidMessage(f"{file}: creationDate {raw!r} is no time with a zone: correct it") from error


def _events(document: Any, file: str) -> list[Any]:
    if isinstance(document, list):
        return document
    for path in ENVELOPES:
        found = document
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, list):
            return found
    if isinstance(document, dict) and "eventTime" in document:
        return [document]
    raise InvalidMessage(f"{file}: epcisBody.eventList is missing: give an EPCISDocument")


def _event(raw: Any, where: str) -> EpcisEvent:
    try:
        return EpcisEvent.model_validate(raw)
    except ValidationError as error:
        raise InvalidMessage(f"{where}: {'; '.join(explain(error))}") from error


def _draft(
    event: EpcisEvent, where: str, withdrawn: set[str | None], created_at: datetime | None, notes: Notes
) -> Iterator[ScanDraft]:
    """Yield what an event saw; one that was withdrawn, or makes other goods, is noted only."""
    if event.errorDeclaration is not None or (event.eventID and event.eventID in withdrawn):
        notes.add("EPCIS events declared to be in error: left out", where)
        return
    if event.type not in READ:
        notes.add(f"EPCIS {event.type} tells nothing of a parcel: left out", where)
        return
    known_at = event.recordTime or created_at or event.eventTime
    if known_at < event.eventTime:
        notes.add("EPCIS events later than their record: known from then on; check the sender's clock", where)
        known_at = event.eventTime
    step, state, codes = _codes(event, where, notes)
    try:
        if _is_inspection(event, state):
            seen: ScanEvent | Verification = _verification(event, state)
        else:
            seen = _scan(event, known_at, _code(step, state), codes, notes, where)
    except ValidationError as error:
        raise InvalidMessage(f"{where}: {'; '.join(explain(error))}") from error
    yield ScanDraft(seen, known_at, frozenset(_references(event)), where)


def _codes(event: EpcisEvent, where: str, notes: Notes) -> tuple[Meaning, Meaning, tuple[SourceCode, ...]]:
    """Return the meanings of business step and disposition, and both as they were written."""
    codes: list[SourceCode] = []
    meanings: list[Meaning] = []
    for name, written in (("bizStep", event.bizStep), ("disposition", event.disposition)):
        meaning = code_tables().epcis[name].get(last_part(written or ""), UNKNOWN)
        meanings.append(meaning)
        if written:
            codes.append(source_code(f"EPCIS {name}", written, meaning))
            if meaning is UNKNOWN:
                notes.add(f"EPCIS {name} {written!r} is not known: kept as it is", where)
    return meanings[0], meanings[1], tuple(codes)


def _code(step: Meaning, state: Meaning) -> ScanCode:
    """Name the event: what state the goods were found in says more than that they moved."""
    return state.scan or step.scan or ScanCode.UNKNOWN


def _is_inspection(event: EpcisEvent, state: Meaning) -> bool:
    inspected = last_part(event.bizStep or "") == INSPECTING
    return inspected and (state.outcome is not None or _is_stolen(event))


def _is_stolen(event: EpcisEvent) -> bool:
    return last_part(event.disposition or "") == ListStatus.STOLEN.value


def _verification(event: EpcisEvent, state: Meaning) -> Verification:
    found = {
        "verified_at": event.eventTime,
        "site": _facility(event),
        "outcome": state.outcome or Outcome.UNKNOWN,
        "list_status": ListStatus.STOLEN if _is_stolen(event) else ListStatus.UNKNOWN,
    }
    return Verification.model_validate(found)


def _scan(
    event: EpcisEvent,
    known_at: datetime,
    code: ScanCode,
    codes: tuple[SourceCode, ...],
    notes: Notes,
    where: str,
) -> ScanEvent:
    references = sorted(_references(event), key=lambda reference: reference.value)
    parcels = [reference.value for reference in references if reference.kind is ReferenceKind.TRACKING]
    return ScanEvent(
        code=code,
        tracking_id=parcels[0] if parcels else None,
        facility=_facility(event),
        handler=_handler(event),
        is_third_party=None,
        time=event.eventTime,
        known_at=known_at,
        place=_place(event),
        weight_g=_weight_g(event, notes, where),
        source_codes=codes,
    )


def _facility(event: EpcisEvent) -> str | None:
    place = event.readPoint or event.bizLocation
    return place[:100] if place else None


def _handler(event: EpcisEvent) -> str | None:
    """Return who held the goods."""
    holders = [item.source for item in event.sourceList if last_part(item.type) == "possessing_party"]
    return holders[0][:100] if holders else None


def _place(event: EpcisEvent) -> Place | None:
    found = position_of(event.readPoint or "") or position_of(event.bizLocation or "")
    return Place(latitude_deg=found[0], longitude_deg=found[1]) if found else None


def _references(event: EpcisEvent) -> Iterator[Reference]:
    for epc in (*event.epcList, *event.childEPCs, event.parentID or ""):
        if found := reference_of(epc):
            yield found
    kinds = code_tables().references.epcis
    for transaction in event.bizTransactionList:
        kind = kinds.get(last_part(transaction.type or ""))
        if kind:
            yield Reference.of(kind, last_part(transaction.bizTransaction))


def _weight_g(event: EpcisEvent, notes: Notes, where: str) -> float | None:
    reports = [report for element in event.sensorElementList for report in element.sensorReport]
    for report in reports:
        weighs = last_part(report.type or "").lower() in code_tables().masses
        if weighs and report.value is not None:
            try:
                return grams(report.value, report.uom or "")
            except UnknownWeight as error:
                notes.add(f"{error}: left unknown", where)
    return None
