"""Read X12 180, return merchandise authorization and notification, into returns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from stdnum import imei

from data.case import explain
from data.device import DeviceClass
from data.inbound.codes import UNKNOWN, Meaning, code_tables, country_code, device_class_in, source_code
from data.inbound.draft import CaseDraft, Notes, Reference, ReferenceKind, identifier
from data.inbound.interchange import Segment, TransactionSet, runs
from data.inbound.moment import Clock
from data.inbound.problem import InvalidMessage
from data.inbound.sender import Sender
from data.inbound.weight import UnknownWeight, grams
from data.rma import ReturnReason, Rma
from data.source_code import SourceCode

CANCELLATION = "01"
MAX_UNITS = 1_000
REFERENCES = {"N9": (1, 2), "REF": (1, 2)}


@dataclass(frozen=True)
class _Item:
    """One BLI loop with what the header says for all of them."""

    message: TransactionSet
    number: int
    bli: Segment
    line: Sequence[Segment]
    header: Sequence[Segment]

    def both(self) -> Iterator[Segment]:
        """Yield the segments of the line, then those of the header, so that the line comes first."""
        yield from self.line
        yield from self.header

    def first(self, tag: str) -> Segment | None:
        """Return the nearest segment of a tag."""
        return next((segment for segment in self.both() if segment.tag == tag), None)

    def references(self) -> Iterator[tuple[str, str]]:
        """Yield qualifier and number of everything that refers to something."""
        for segment in self.both():
            if segment.tag in REFERENCES:
                qualifier, number = REFERENCES[segment.tag]
                if segment.get(number):
                    yield segment.get(qualifier), segment.get(number)


def read_authorisation(message: TransactionSet, sender: Sender, notes: Notes) -> list[CaseDraft]:
    """Return one draft for each unit of each item line.

    Raises InvalidMessage, naming segment and element, where a return can't be made of it.
    """
    begin = _beginning(message)
    clock = Clock(sender, notes)
    drafts = [draft for item in _items(message) for draft in _units(item, begin, sender, notes, clock)]
    if not drafts:
        raise InvalidMessage(f"{message.header.where()}: no BLI segment: the message names no item")
    return drafts


def _beginning(message: TransactionSet) -> Segment:
    found = next((segment for segment in message.segments if segment.tag == "BGN"), None)
    if found is None:
        raise InvalidMessage(f"{message.header.where()}: BGN is missing: a 180 begins with it")
    return found


def _items(message: TransactionSet) -> Iterator[_Item]:
    header, *lines = runs(message.segments, "BLI")
    for number, (bli, *line) in enumerate(lines, start=1):
        yield _Item(message, number, bli, line, header)


def _units(item: _Item, begin: Segment, sender: Sender, notes: Notes, clock: Clock) -> Iterator[CaseDraft]:
    family = _rma_number(item, begin)
    numbers = _serials(item)
    count = max(_quantity(item.bli), len(numbers))
    known_at = clock.sent_at(item.message)
    fields = _fields(item, begin, sender, notes, clock)
    lines = sum(segment.tag == "BLI" for segment in item.message.segments)
    line = f".{item.number}" if lines > 1 else ""
    for unit in range(count):
        suffix = line + (f".{unit + 1}" if count > 1 else "")
        own = {"rma_id": f"{family}{suffix}", **_number_of(numbers[unit] if unit < len(numbers) else None)}
        rma = _rma({**fields, **own}, item)
        yield CaseDraft(rma, family, known_at, _references(item, rma, family), begin.get(1) == CANCELLATION)


def _rma_number(item: _Item, begin: Segment) -> str:
    """Return the returns number: N9 or REF with RZ, or else the message's own in BGN02."""
    kinds = code_tables().references.x12
    named = (number for qualifier, number in item.references() if kinds.get(qualifier) is ReferenceKind.RMA)
    number = identifier(next(named, begin.get(2)))
    if not number:
        raise InvalidMessage(
            f"{begin.where(2)}: the RMA number is missing: put it there or into an N9 segment with RZ"
        )
    return number


def _quantity(bli: Segment) -> int:
    text = bli.get(3) or "1"
    try:
        quantity = float(text)
    except ValueError:
        quantity = 0.0
    if not (quantity.is_integer() and 1 <= quantity <= MAX_UNITS):
        raise InvalidMessage(
            f"{bli.where(3)}: quantity {text!r} is no whole number from 1 to {MAX_UNITS}: correct it"
        )
    return int(quantity)


def _item_numbers(bli: Segment) -> dict[str, str]:
    """Return the numbers of the item by qualifier: BLI01 and 02, then pairs from BLI08 on."""
    places = [1, *range(8, len(bli.elements) - 1, 2)]
    pairs = [(bli.get(place), bli.get(place + 1)) for place in places]
    return {qualifier: number for qualifier, number in reversed(pairs) if qualifier and number}


def _serials(item: _Item) -> list[str]:
    """Return the serial numbers of a line's units, in order and each once."""
    tables = code_tables()
    named = [
        number
        for qualifier, number in replace(item, header=()).references()
        if tables.references.x12.get(qualifier) is ReferenceKind.SERIAL
    ]
    own = _item_numbers(item.bli).get(tables.item_serial)
    return list(dict.fromkeys([*([own] if own else []), *named]))


def _number_of(serial: str | None) -> dict[str, str]:
    """Tell an IMEI from a serial number: senders put both under the same qualifier."""
    if serial is None:
        return {}
    if serial.isascii() and serial.isdigit() and len(serial) == 15 and imei.is_valid(serial):
        return {"expected_imei": serial}
    return {"expected_serial": identifier(serial)}


def _fields(item: _Item, begin: Segment, sender: Sender, notes: Notes, clock: Clock) -> dict[str, Any]:
    sku = _sku(item.bli)
    facts = sender.sku(sku)
    device_class = facts.device_class or _described_class(item) or DeviceClass.OTHER
    if device_class is DeviceClass.OTHER:
        notes.add(f"no device class known for {sku}: taken as other; --sender can name it")
    requested_at = clock.read(begin, 3, 4, 5)
    if requested_at is None:
        raise InvalidMessage(f"{begin.where(3)}: the date of the request is missing: add it as CCYYMMDD")
    weight_g = facts.weight_g or _weight_g(item, notes)
    fields = {
        "channel": sender.channel,
        "device_class": device_class,
        "sku": sku,
        "requested_at": requested_at,
        "value": {"amount": _amount(item, facts.value), "currency": sender.currency},
        "expected_weight_g": weight_g,
        "expected_accessories": facts.accessories,
        "order_id": _order(item),
        **_dates(item, clock),
        **_reasons(item),
        **_parties(item),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _sku(bli: Segment) -> str:
    numbers = _item_numbers(bli)
    wanted = (numbers[kind] for kind in code_tables().item_numbers if kind in numbers)
    sku = next(wanted, bli.get(2))
    if not sku:
        raise InvalidMessage(f"{bli.where(2)}: the item's number is missing: name the SKU")
    return sku


def _described_class(item: _Item) -> DeviceClass | None:
    texts = [segment.get(5) for segment in item.line if segment.tag == "PID"]
    return next((found for text in texts if (found := device_class_in(text))), None)


def _amount(item: _Item, known: float | None) -> float:
    """Return the price of one unit: BLI06, an AMT of the line, or what is known of the SKU."""
    stated = [(item.bli, 6)] + [(segment, 2) for segment in item.line if segment.tag == "AMT"]
    for segment, place in stated:
        if segment.get(place):
            return _price(segment, place)
    if known is None:
        raise InvalidMessage(
            f"{item.bli.where(6)}: no price: give one there, in an AMT segment, or for the SKU with --sender"
        )
    return known


def _price(segment: Segment, place: int) -> float:
    try:
        return float(segment.get(place))
    except ValueError as error:
        raise InvalidMessage(
            f"{segment.where(place)}: price {segment.get(place)!r} is not a number: correct it"
        ) from error


def _weight_g(item: _Item, notes: Notes) -> float | None:
    for segment in item.line:
        if segment.tag == "MEA" and segment.get(2) in code_tables().gross_weights:
            try:
                return grams(segment.get(3), segment.get(4))
            except UnknownWeight as error:
                notes.add(f"{error}: left unknown", segment.where(3))
    return None


def _order(item: _Item) -> str | None:
    order = item.first("PRF")
    number = order.get(1) if order else next((text for kind, text in item.references() if kind == "PO"), "")
    return identifier(number) or None


def _dates(item: _Item, clock: Clock) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for segment in item.both():
        name = code_tables().dates.get(segment.get(1)) if segment.tag == "DTM" else None
        moment = clock.read(segment, 2, 3, 4) if name else None
        if name and moment:
            found.setdefault(name, moment)
    order = item.first("PRF")
    if "ordered_at" not in found and order and order.get(4):
        moment = clock.read(order, 4, len(order.elements), len(order.elements))
        return {**found, "ordered_at": moment} if moment else found
    return found


def _reasons(item: _Item) -> dict[str, Any]:
    """Return reason, receipt and the raw codes of the nearest RDR."""
    segment = item.first("RDR")
    if segment is None:
        return {}
    codes: list[SourceCode] = []
    meanings: list[Meaning] = []
    for place, table in enumerate(code_tables().x12_180.values(), start=1):
        code = segment.get(place).upper()
        meanings.append(table.get(code, UNKNOWN))
        if code:
            codes.append(source_code(f"X12 RDR{place:02d}", code, meanings[-1]))
    no_sale = segment.get(3).upper() == "NR"
    return {
        "reason": meanings[1].reason or ReturnReason.UNKNOWN,
        "has_receipt": False if no_sale else None,
        "source_codes": tuple(codes),
    }


def _parties(item: _Item) -> dict[str, str | None]:
    """Return who returns it, from where, and where the order went."""
    parties: dict[str, tuple[str, str | None]] = {}
    who = ""
    for segment in item.both():
        if segment.tag == "N1":
            who = segment.get(1)
            parties.setdefault(who, (segment.get(4) or segment.get(2), None))
        elif segment.tag == "N4" and who in parties and parties[who][1] is None:
            parties[who] = (parties[who][0], country_code(segment.get(4)))
    tables = code_tables().parties
    customer, pickup, address = (
        next((parties[code] for code in codes if code in parties), ("", None))
        for codes in (tables.customer, tables.pickup_address, tables.address)
    )
    return {
        "customer_id": identifier(customer[0])[:64] or None,
        "pickup_address_id": identifier(pickup[0])[:64] or None,
        "address_id": identifier(address[0])[:64] or None,
        "country": pickup[1] or customer[1],
    }


def _rma(fields: dict[str, Any], item: _Item) -> Rma:
    try:
        return Rma.model_validate(fields)
    except ValidationError as error:
        raise InvalidMessage(f"{item.bli.where()}: {'; '.join(explain(error))}") from error


def _references(item: _Item, rma: Rma, family: str) -> frozenset[Reference]:
    kinds = code_tables().references.x12
    found = {Reference.of(ReferenceKind.RMA, family)}
    for qualifier, number in item.references():
        kind = kinds.get(qualifier)
        if kind in {ReferenceKind.TRACKING, ReferenceKind.SHIPMENT}:
            found.add(Reference.of(kind, number))
    for serial in (rma.expected_serial, rma.expected_imei):
        if serial:
            found.add(Reference.of(ReferenceKind.SERIAL, serial))
    return frozenset(found)
