"""Read X12 214, transportation carrier shipment status, into scans."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from data.case import explain
from data.inbound.codes import UNKNOWN, Meaning, code_tables, country_code, source_code
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes, Reference, ReferenceKind, References, ScanDraft, identifier
from data.inbound.sender import Sender
from data.inbound.weight import UnknownWeight, grams
from data.inbound.x12.interchange import Segment, TransactionSet, runs
from data.inbound.x12.x12_time import Clock
from data.scan import Place, ScanCode, ScanEvent
from data.source_code import SourceCode

# Where qualifier and number stand in the segments that refer to something; L11 has them the other way round.
REFERENCES = {"L11": (2, 1), "N9": (1, 2), "REF": (1, 2), "MAN": (1, 2)}
MOVING = (ScanCode.UNKNOWN, ScanCode.ARRIVED, ScanCode.DEPARTED, ScanCode.PICKED_UP, ScanCode.LABEL_CREATED)
THIRD_PARTY_REASON = "AZ"


@dataclass(frozen=True)
class _Shipment:
    """What a message says of all its statuses."""

    carrier: str | None
    handler: str | None
    known_at: datetime
    references: References
    weight_g: float | None = None


def read_shipment(message: TransactionSet, sender: Sender, notes: Notes) -> list[ScanDraft]:
    """Return one draft for each status that tells of something that happened.

    Raises InvalidMessage, naming segment and element, where a status can't be read.
    """
    clock = Clock(sender, notes)
    loops = runs(message.segments, "LX")
    shipment = _shipment(message, loops[0], clock)
    drafts: list[ScanDraft] = []
    for loop in loops:
        weight_g = _weight_g(loop, notes)
        references = shipment.references | frozenset(_references(loop))
        here = _Shipment(shipment.carrier, shipment.handler, shipment.known_at, references, weight_g)
        drafts += [draft for status in runs(loop, "AT7")[1:] for draft in _scan(status, here, clock, notes)]
    return drafts


def _shipment(message: TransactionSet, header: Sequence[Segment], clock: Clock) -> _Shipment:
    begin = next((segment for segment in header if segment.tag == "B10"), None)
    if begin is None:
        raise InvalidMessage(f"{message.header.where()}: B10 is missing: a 214 begins with it")
    interline = next((segment.get(1) for segment in header if segment.tag == "MS3"), "")
    own = [(ReferenceKind.TRACKING, begin.get(1)), (ReferenceKind.SHIPMENT, begin.get(2))]
    named = [(code_tables().references.x12.get(begin.get(5)), begin.get(6))]
    return _Shipment(
        carrier=begin.get(3) or None,
        handler=interline or begin.get(3) or None,
        known_at=clock.sent_at(message),
        references=frozenset(
            [Reference.of(kind, number) for kind, number in [*own, *named] if kind and number]
            + list(_references(header))
        ),
    )


def _references(segments: Sequence[Segment]) -> Iterator[Reference]:
    kinds = code_tables().references.x12
    for segment in segments:
        if segment.tag in REFERENCES:
            qualifier, number = (segment.get(place) for place in REFERENCES[segment.tag])
            kind = kinds.get(qualifier)
            if kind and number:
                yield Reference.of(kind, number)


def _scan(status: Sequence[Segment], shipment: _Shipment, clock: Clock, notes: Notes) -> Iterator[ScanDraft]:
    """Yield the scan of a status; nothing for an estimate or an appointment, which are noted."""
    segment = status[0]
    if not segment.get(1):
        notes.add("AT7 without a status code, such as an appointment: left out", segment.where(1))
        return
    tables = code_tables().x12_214
    pairs = [(f"X12 AT7-{place:02d}", segment.get(place).upper()) for place in (1, 2)]
    meanings = [table.get(code, UNKNOWN) for table, (_, code) in zip(tables.values(), pairs, strict=True)]
    if not meanings[0].is_event:
        notes.add(
            f"AT7 {pairs[0][1]} ({meanings[0].meaning}) announces and does not tell: left out",
            segment.where(),
        )
        return
    _note_unknown(segment, pairs, meanings, notes)
    time = clock.read(segment, 5, 6, 7)
    if time is None:
        raise InvalidMessage(f"{segment.where(5)}: the date of the status is missing: add it as CCYYMMDD")
    codes = [
        source_code(element, code, meaning)
        for (element, code), meaning in zip(pairs, meanings, strict=True)
        if code
    ]
    yield _draft(status, shipment, _code(meanings), time, codes, notes)


def _note_unknown(
    segment: Segment, pairs: list[tuple[str, str]], meanings: list[Meaning], notes: Notes
) -> None:
    for (element, code), meaning in zip(pairs, meanings, strict=True):
        if code and meaning is UNKNOWN:
            notes.add(f"{element} code {code!r} is not known: kept as it is", segment.where())


def _code(meanings: list[Meaning]) -> ScanCode:
    """Name the event: the status, unless it only says that the parcel moved and the reason says more."""
    status = meanings[0].scan or ScanCode.UNKNOWN
    reason = meanings[1].scan
    return reason if reason and status in MOVING else status


def _draft(
    status: Sequence[Segment],
    shipment: _Shipment,
    code: ScanCode,
    time: datetime,
    codes: list[SourceCode],
    notes: Notes,
) -> ScanDraft:
    segment = status[0]
    known_at = max(shipment.known_at, time)
    if known_at > shipment.known_at:
        notes.add("statuses later than their own message: known from then on; check the time zone (--sender)")
    place = next((found for found in status if found.tag == "MS1"), None)
    other_hands = shipment.handler != shipment.carrier or segment.get(2).upper() == THIRD_PARTY_REASON
    try:
        scan = ScanEvent(
            code=code,
            carrier=shipment.carrier,
            tracking_id=_tracking(shipment.references),
            facility=_facility(place) if place else None,
            handler=shipment.handler,
            is_third_party=other_hands if shipment.handler else None,
            time=time,
            known_at=known_at,
            place=_place(place) if place else None,
            weight_g=shipment.weight_g,
            source_codes=tuple(codes),
        )
    except ValidationError as error:
        raise InvalidMessage(f"{segment.where()}: {'; '.join(explain(error))}") from error
    return ScanDraft(scan, known_at, shipment.references, segment.where())


def _tracking(references: References) -> str | None:
    """Return the number that is the same on all of a parcel's messages."""
    for kind in (ReferenceKind.TRACKING, ReferenceKind.SHIPMENT):
        numbers = sorted(reference.value for reference in references if reference.kind is kind)
        if numbers:
            return identifier(numbers[0])
    return None


def _facility(segment: Segment) -> str | None:
    return ", ".join(part for part in (segment.get(1), segment.get(2)) if part) or None


def _place(segment: Segment) -> Place | None:
    country, postal_code = country_code(segment.get(3)), segment.get(8)
    longitude_deg = _degrees(segment, 4, 6, "W")
    latitude_deg = _degrees(segment, 5, 7, "S")
    known = (country, postal_code, longitude_deg, latitude_deg)
    if not any(value not in (None, "") for value in known):
        return None
    try:
        return Place(
            country=country,
            postal_code=postal_code or None,
            latitude_deg=latitude_deg,
            longitude_deg=longitude_deg,
        )
    except ValidationError as error:
        raise InvalidMessage(f"{segment.where()}: {'; '.join(explain(error))}") from error


def _degrees(segment: Segment, place: int, direction: int, negative: str) -> float | None:
    """Read DDDMMSS and its direction."""
    text = segment.get(place)
    if not text:
        return None
    if len(text) != 7 or not (text.isascii() and text.isdigit()):
        raise InvalidMessage(f"{segment.where(place)}: {text!r} is no angle; give DDDMMSS: correct it")
    degrees = int(text[:3]) + int(text[3:5]) / 60 + int(text[5:]) / 3600
    return round(-degrees if segment.get(direction).upper() == negative else degrees, 5)


def _weight_g(loop: Sequence[Segment], notes: Notes) -> float | None:
    """Return the gross weight of one parcel, None where AT8 weighs several together."""
    for segment in loop:
        if segment.tag != "AT8" or segment.get(1) not in code_tables().gross_weights:
            continue
        if segment.get(4) not in {"", "0", "1"}:
            notes.add("AT8 weighs several parcels together: weight left unknown", segment.where(4))
            continue
        try:
            return grams(segment.get(3), segment.get(2))
        except UnknownWeight as error:
            notes.add(f"{error}: left unknown", segment.where(3))
    return None
