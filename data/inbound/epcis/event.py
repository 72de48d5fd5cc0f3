"""Read EPCIS 2.0 events in JSON into scans, and inspections into verifications."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from data.case import explain
from data.inbound.codes import UNKNOWN, Meaning, code_tables, source_code
from data.inbound.epcis.document import EpcisDocument, NameTwice, documents_in, plain_name
from data.inbound.epcis.gs1_key import last_part, position_of, references_of
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes, Reference, ReferenceKind, ScanDraft
from data.inbound.weight import UnknownWeight, grams
from data.scan import Place, ScanCode, ScanEvent
from data.source_code import SourceCode
from data.strict import Instant
from data.verification import ListStatus, Outcome, Verification

# The names that older senders and JSON-LD give to the fields.
ALIASES = {"@type": "type", "isA": "type", "@id": "id"}
LOCAL_TIME = re.compile(r"\d{4}-?\d\d-?\d\d[T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?", re.ASCII)
OFFSET = re.compile(r"Z|[+\u2212-]\d\d(:?\d\d)?", re.ASCII)
READ = {"ObjectEvent", "AggregationEvent", "TransactionEvent", "AssociationEvent"}
TYPES = {name.lower(): name for name in (*READ, "TransformationEvent", "QuantityEvent")}
INSPECTING = "inspecting"


class _Open(BaseModel):
    """EPCIS allows extensions everywhere, so unknown fields are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _plainly_named(cls, value: Any) -> Any:
        return _plain_names(value)


def _plain_names(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if isinstance(value, NameTwice):
        raise ValueError(
            f"{value.name[:100]}: the name stands twice in one object; keep the one that is right"
        )
    return {ALIASES.get(name, plain_name(name)): _literal(part) for name, part in value.items()}


def _literal(value: Any) -> Any:
    """Take a value out of the object in which JSON-LD says its type as well."""
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def _named(value: Any) -> Any:
    """Accept a name as a string, as an object with an id, and as the only one of a list."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.get("id", value.get("@id")) if isinstance(value, dict) else _literal(value)


def _last_name(value: Any) -> Any:
    """Accept the name of a type as such, with a prefix, as an IRI, or the one of a list that is known."""
    names = [
        last_part(name) for name in (value if isinstance(value, list) else [value]) if isinstance(name, str)
    ]
    known = [TYPES[name.lower()] for name in names if name.lower() in TYPES]
    return next(iter([*known, *names]), value)


def _listed(value: Any) -> Any:
    """Accept null for an empty list and, as JSON-LD writes it, one member without its list."""
    if value is None:
        return ()
    if isinstance(value, str | dict):
        return (value,)
    return [part for part in value if part is not None] if isinstance(value, list) else value


Named = Annotated[str, BeforeValidator(_named)]
Located = Annotated[str | None, BeforeValidator(_named)]
EventType = Annotated[str, BeforeValidator(_last_name)]
Member = TypeVar("Member")
Listed = Annotated[tuple[Member, ...], BeforeValidator(_listed)]


class _Transaction(_Open):
    type: Located = None
    bizTransaction: Located = None  # noqa: N815 - the standard's own name


class _Source(_Open):
    type: Located = None
    source: Located = None


class _Report(_Open):
    type: Located = None
    # Of other measures it may be anything.
    value: Any = None
    uom: str | None = None


class _Sensor(_Open):
    sensorReport: Listed[_Report] = ()  # noqa: N815


class EpcisEvent(_Open):
    """What is read of one event; the names are those of the standard."""

    type: EventType
    eventTime: Instant  # noqa: N815
    recordTime: Instant | None = None  # noqa: N815
    eventID: str | None = None  # noqa: N815
    errorDeclaration: dict[str, Any] | None = None  # noqa: N815
    epcList: Listed[Named] = ()  # noqa: N815
    childEPCs: Listed[Named] = ()  # noqa: N815
    parentID: Located = None  # noqa: N815
    bizStep: Located = None  # noqa: N815
    disposition: Located = None
    readPoint: Located = None  # noqa: N815
    bizLocation: Located = None  # noqa: N815
    bizTransactionList: Listed[_Transaction] = ()  # noqa: N815
    sourceList: Listed[_Source] = ()  # noqa: N815
    sensorElementList: Listed[_Sensor] = ()  # noqa: N815

    @model_validator(mode="before")
    @classmethod
    def _in_its_zone(cls, value: Any) -> Any:
        """Put the offset of the event behind its times that have none."""
        plain = _plain_names(value)
        if not isinstance(plain, dict):
            return plain
        offset = plain.get("eventTimeZoneOffset")
        if not isinstance(offset, str) or not OFFSET.fullmatch(offset := offset.strip()):
            return plain
        local = {name: plain.get(name) for name in ("eventTime", "recordTime")}
        zoned = {name: f"{time}{offset}" for name, time in local.items() if _is_local(time)}
        return {**plain, **zoned}


def _is_local(time: Any) -> bool:
    return isinstance(time, str) and LOCAL_TIME.fullmatch(time) is not None


def read_epcis(text: str, file: str, notes: Notes) -> list[ScanDraft]:
    """Return one draft for each event of documents, query documents, lists and single events.

    An event or document that can't be read is set aside. Raises InvalidMessage for text without any.
    """
    found = _events(documents_in(text, file, notes), file, notes)
    read: list[_Read] = []
    for number, (raw, created) in enumerate(found):
        place = f"event {number}"
        try:
            read.append(_read(raw, created, f"{file}: {place}"))
        except InvalidMessage as error:
            notes.aside.add(file, place, error)
    withdrawn = {one.event.eventID for one in read if one.event.errorDeclaration is not None}
    return [draft for one in read for draft in _drafts(one, file, withdrawn, notes)]


@dataclass(frozen=True)
class _Read:
    """An event, its place, and when its document was made."""

    event: EpcisEvent
    where: str
    created_at: datetime | None


def _events(documents: list[EpcisDocument], file: str, notes: Notes) -> list[tuple[Any, Any]]:
    """Return the events of all documents, each with when its document was made.

    A document without a place for events, or with nothing but a wrong date, is set aside; where no other
    holds one, its problem is that of the file.
    """
    found = [(raw, document.created) for document in documents for raw in document.events or ()]
    problems = [problem for document in documents if (problem := _problem_of(document, file))]
    if problems and not found:
        raise problems[0]
    for problem in problems:
        notes.aside.add(file, "a document", problem)
    return found


def _problem_of(document: EpcisDocument, file: str) -> InvalidMessage | None:
    if document.events is None:
        return InvalidMessage(f"{file}: epcisBody.eventList is missing: give an EPCISDocument")
    try:
        _created_at(document.created, file)
    except InvalidMessage as error:
        return None if document.events else error
    return None


def _created_at(raw: Any, file: str) -> datetime | None:
    """Return when a document was made: the latest that its events can have become known."""
    if raw is None:
        return None
    try:
        return TypeAdapter(Instant).validate_python(raw)
    except ValidationError as error:
        said = f"creationDate {str(raw)[:80]!r} is no time with a zone: correct it"
        raise InvalidMessage(f"{file}: {said}") from error


def _read(raw: Any, created: Any, where: str) -> _Read:
    """Check one event; when its document was made matters only where it does not say when it was recorded."""
    try:
        event = EpcisEvent.model_validate(raw)
    except ValidationError as error:
        raise InvalidMessage(f"{where}: {'; '.join(explain(error, whole='event'))}") from error
    return _Read(event, where, _created_at(created, where) if event.recordTime is None else None)


def _drafts(read: _Read, file: str, withdrawn: set[str | None], notes: Notes) -> list[ScanDraft]:
    try:
        return list(_draft(read.event, read.where, withdrawn, read.created_at, notes))
    except InvalidMessage as error:
        notes.aside.add(file, read.where.removeprefix(f"{file}: "), error)
        return []


def _draft(
    event: EpcisEvent, where: str, withdrawn: set[str | None], created_at: datetime | None, notes: Notes
) -> Iterator[ScanDraft]:
    """Yield what an event saw; one that was withdrawn, or makes other goods, is noted only.

    Raises InvalidMessage where it can be no scan, such as at a place off the globe.
    """
    if event.errorDeclaration is not None or (event.eventID and event.eventID in withdrawn):
        notes.add("EPCIS events declared to be in error: left out", where)
        return
    if event.type not in READ:
        notes.add(f"EPCIS {event.type[:100]} tells nothing of a parcel: left out", where)
        return
    known_at = event.recordTime or created_at or event.eventTime
    if not (event.recordTime or created_at):
        notes.add("EPCIS events without recordTime: taken as known when they happened", where)
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
        raise InvalidMessage(f"{where}: {'; '.join(explain(error, whole='event'))}") from error
    yield ScanDraft(seen, known_at, frozenset(_references(event)), where)


def _codes(event: EpcisEvent, where: str, notes: Notes) -> tuple[Meaning, Meaning, tuple[SourceCode, ...]]:
    """Return the meanings of business step and disposition, and both as they were written."""
    codes: list[SourceCode] = []
    meanings: list[Meaning] = []
    for name, written in (("bizStep", event.bizStep), ("disposition", event.disposition)):
        meaning = code_tables().epcis[name].get(_word(written), UNKNOWN)
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
    inspected = _word(event.bizStep) == INSPECTING
    return inspected and (state.outcome is not None or _is_stolen(event))


def _is_stolen(event: EpcisEvent) -> bool:
    return _word(event.disposition) == ListStatus.STOLEN.value


def _word(written: str | None) -> str:
    """Return the word of the standard's vocabulary, which is in small letters."""
    return last_part(written or "").lower()


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
    holders = [
        item.source for item in event.sourceList if item.source and _word(item.type) == "possessing_party"
    ]
    return holders[0][:100] if holders else None


def _place(event: EpcisEvent) -> Place | None:
    found = position_of(event.readPoint or "") or position_of(event.bizLocation or "")
    return Place(latitude_deg=found[0], longitude_deg=found[1]) if found else None


def _references(event: EpcisEvent) -> Iterator[Reference]:
    for epc in (*event.epcList, *event.childEPCs, event.parentID or ""):
        yield from references_of(epc)
    kinds = code_tables().references.epcis
    for transaction in event.bizTransactionList:
        kind = kinds.get(_word(transaction.type))
        if kind and transaction.bizTransaction:
            yield Reference.of(kind, last_part(transaction.bizTransaction))


def _weight_g(event: EpcisEvent, notes: Notes, where: str) -> float | None:
    reports = [report for element in event.sensorElementList for report in element.sensorReport]
    for report in reports:
        weighs = _word(report.type) in code_tables().masses
        if weighs and report.value is not None:
            try:
                return grams(report.value, report.uom or "")
            except UnknownWeight as error:
                notes.add(f"{error}: left unknown", where)
    return None
