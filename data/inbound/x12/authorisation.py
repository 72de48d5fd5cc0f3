"""Read X12 180, return merchandise authorization and notification, into returns."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from data.case import explain
from data.device import DeviceClass
from data.identity.imei import is_imei
from data.inbound.codes import UNKNOWN, Meaning, code_tables, source_code
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import (
    CaseDraft,
    Notes,
    Origin,
    Reference,
    ReferenceKind,
    References,
    identifier,
    unit_references,
)
from data.inbound.sender import Sender
from data.inbound.x12.interchange import Segment, TransactionSet
from data.inbound.x12.item import Item, items_of
from data.inbound.x12.x12_time import Clock
from data.rma import Channel, ReturnReason, Rma
from data.source_code import SourceCode

NO_RECORD_OF_SALE = "NR"


def read_authorisation(message: TransactionSet, sender: Sender, notes: Notes) -> list[CaseDraft]:
    """Return one draft for each unit of each item line.

    Raises InvalidMessage, naming segment and element, where a return can't be made of it.
    """
    begin = _beginning(message)
    clock = Clock(sender, notes)
    drafts = [draft for item in items_of(message) for draft in _units(item, begin, sender, notes, clock)]
    if not drafts:
        raise InvalidMessage(f"{message.header.where()}: no BLI segment: the message names no item")
    return drafts


def _beginning(message: TransactionSet) -> Segment:
    found = next((segment for segment in message.segments if segment.tag == "BGN"), None)
    if found is None:
        raise InvalidMessage(f"{message.header.where()}: BGN is missing: a 180 begins with it")
    return found


def _units(item: Item, begin: Segment, sender: Sender, notes: Notes, clock: Clock) -> Iterator[CaseDraft]:
    """Yield a draft a unit; lines and units are told apart behind the RMA number where there are several."""
    family, serials = _rma_number(item, begin, notes), item.serials()
    origin = _origin(item, begin)
    count = _count(item, len(serials), notes)
    known_at = clock.sent_at(item.message)
    fields = _fields(item, begin, sender, notes, clock)
    line = "" if item.is_only else f".{item.number}"
    for unit in range(count):
        suffix = line + (f".{unit + 1}" if count > 1 else "")
        own = {"rma_id": f"{family}{suffix}", **_number_of(serials[unit] if unit < len(serials) else None)}
        rma = _rma({**fields, **own}, item)
        yield CaseDraft(rma, family, known_at, _references(item, rma, family), origin)


def _count(item: Item, serials: int, notes: Notes) -> int:
    """Return how many units come back; a smaller quantity loses none whose serial number is named."""
    quantity = item.quantity()
    if quantity is None:
        notes.add("BLI without a quantity: taken as 1", item.bli.where(3))
    if serials > (quantity or 1):
        notes.add("lines with more serial numbers than units: a unit for each number", item.bli.where(3))
    return max(quantity or 1, serials)


def _origin(item: Item, begin: Segment) -> Origin:
    message = item.message
    named = [number for kind, number in item.references() if kind is ReferenceKind.RMA]
    return Origin(
        file=item.bli.file,
        where=item.bli.where(),
        sender_id=message.sender_id,
        control="-".join((message.interchange.get(13).lstrip("0"), message.header.get(2))),
        purpose=begin.get(1),
        number=begin.get(2),
        names_rma=bool(named),
    )


def _rma_number(item: Item, begin: Segment, notes: Notes) -> str:
    """Return the returns number: N9 or REF with RZ, or else the message's own in BGN02."""
    named = item.rma_numbers()
    if len(set(named)) > 1:
        notes.add(f"several RMA numbers (RZ {', '.join(named)}): the first is taken", item.bli.where())
    number = identifier(next(iter(named), begin.get(2)))
    if not number:
        raise InvalidMessage(
            f"{begin.where(2)}: the RMA number is missing: put it there or into an N9 segment with RZ"
        )
    return number


def _number_of(serial: str | None) -> dict[str, str]:
    """Tell an IMEI from a serial number: senders put both under the same qualifier."""
    if serial is None:
        return {}
    if is_imei(serial):
        return {"expected_imei": serial}
    return {"expected_serial": identifier(serial)}


def _fields(item: Item, begin: Segment, sender: Sender, notes: Notes, clock: Clock) -> dict[str, Any]:
    """Return the fields of the RMA that all units of a line share; what is not known is left out."""
    sku = item.sku()
    facts = sender.sku(sku)
    device_class = facts.device_class or item.described_class() or DeviceClass.OTHER
    if device_class is DeviceClass.OTHER:
        notes.add(f"no device class known for {sku}: taken as other; --sender can name it", item.bli.where())
    requested_at = clock.read(begin, 3, 4, 5)
    if requested_at is None:
        raise InvalidMessage(f"{begin.where(3)}: the date of the request is missing: add it as CCYYMMDD")
    fields = {
        "channel": _channel(sender, notes),
        "device_class": device_class,
        "sku": sku,
        "requested_at": requested_at,
        "value": _value(item, facts.value, sender, notes),
        "expected_weight_g": facts.weight_g or item.weight_g(notes),
        "expected_accessories": facts.accessories,
        "order_id": item.order_id(notes),
        **item.dates(clock),
        **item.parties(notes),
        **_reasons(item.first("RDR"), notes),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _channel(sender: Sender, notes: Notes) -> Channel:
    notes.add(f"a 180 names no channel: taken as {sender.channel}; --sender can correct it")
    return sender.channel


def _value(item: Item, known: float | None, sender: Sender, notes: Notes) -> dict[str, Any]:
    """Return the price of a unit and its currency; a price of --sender is in that file's currency."""
    price, currency = item.price(), item.currency(notes)
    if price is None and known is None:
        raise InvalidMessage(
            f"{item.bli.where(6)}: no price: put one there or into AMT, or give the SKU's by --sender"
        )
    if price is None:
        notes.add("BLI without a price: taken from the SKU's in --sender", item.bli.where(6))
        return {"amount": known, "currency": sender.currency}
    if currency is None:
        notes.add(f"prices without a currency (CUR): taken as {sender.currency}; --sender can correct it")
    return {"amount": price, "currency": currency or sender.currency}


def _reasons(segment: Segment | None, notes: Notes) -> dict[str, Any]:
    """Return reason, receipt and the raw codes of an RDR."""
    if segment is None:
        return {}
    codes: list[SourceCode] = []
    meanings: list[Meaning] = []
    for place, table in enumerate(code_tables().x12_180.values(), start=1):
        code = segment.get(place).upper()
        meanings.append(table.get(code, UNKNOWN))
        if code and meanings[-1] is UNKNOWN:
            notes.add(f"X12 RDR{place:02d} code {code[:40]!r} is not known: kept as it is", segment.where())
        if code:
            codes.append(source_code(f"X12 RDR{place:02d}", code, meanings[-1]))
    no_sale = segment.get(3).upper() == NO_RECORD_OF_SALE
    return {
        "reason": meanings[1].reason or ReturnReason.UNKNOWN,
        "has_receipt": False if no_sale else None,
        "source_codes": tuple(codes),
    }


def _rma(fields: dict[str, Any], item: Item) -> Rma:
    try:
        return Rma.model_validate(fields)
    except ValidationError as error:
        raise InvalidMessage(f"{item.bli.where()}: {'; '.join(explain(error))}") from error


def _references(item: Item, rma: Rma, family: str) -> References:
    """Return the numbers by which scans find a unit."""
    found = [(ReferenceKind.RMA, family)]
    found += [
        (kind, number)
        for kind, number in item.references()
        if kind in {ReferenceKind.TRACKING, ReferenceKind.SHIPMENT}
    ]
    return frozenset(Reference.of(kind, number) for kind, number in found) | unit_references(rma.identity)
