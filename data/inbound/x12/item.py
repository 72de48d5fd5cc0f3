"""Read one item line of an X12 180, with what the header says for all lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.device import DeviceClass
from data.inbound.codes import code_tables, country_code, device_class_in
from data.inbound.invalid_message import InvalidMessage
from data.inbound.reading import Notes, ReferenceKind, identifier
from data.inbound.weight import UnknownWeight, grams
from data.inbound.x12.interchange import Segment, TransactionSet, runs
from data.inbound.x12.x12_time import Clock
from data.strict import IDENTIFIER_PATTERN

MAX_UNITS = 1_000
MAX_IDENTIFIER = 64
# Where qualifier and number stand in the segments that refer to something.
REFERENCES = {"N9": (1, 2), "REF": (1, 2)}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Item:
    """One BLI loop; `number` counts from 1 in its message, `header` stands before the first of them."""

    message: TransactionSet
    number: int
    is_only: bool
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

    def references(self) -> list[tuple[ReferenceKind | None, str]]:
        """Return what the line and the header refer to, by kind of number."""
        return _references([*self.line, *self.header])

    def rma_numbers(self) -> list[str]:
        """Return the RMA numbers of the line, or else those of the header."""
        found = (_references(segments) for segments in (self.line, self.header))
        named = ([number for kind, number in each if kind is ReferenceKind.RMA] for each in found)
        return next(filter(None, named), [])

    def sku(self) -> str:
        """Return the number of the article, by the best of its qualifiers."""
        numbers = self._numbers()
        wanted = (numbers[kind] for kind in code_tables().item_numbers if kind in numbers)
        sku = next(wanted, self.bli.get(2))
        if not sku:
            raise InvalidMessage(f"{self.bli.where(2)}: the item's number is missing: name the SKU")
        return sku

    def serials(self) -> list[str]:
        """Return the serial numbers of the line's units; the header's too where there is but one line."""
        named = _references([*self.line, *(self.header if self.is_only else ())])
        own = [number for qualifier, number in self._pairs() if qualifier == code_tables().item_serial]
        found = [number for kind, number in named if kind is ReferenceKind.SERIAL]
        return list(dict.fromkeys([*own, *found]))

    def quantity(self) -> int | None:
        """Return how many units the line names, None where it does not say."""
        text = self.bli.get(3)
        if not text:
            return None
        quantity = float(text) if NUMBER.fullmatch(text) else 0.0
        if not (quantity.is_integer() and 1 <= quantity <= MAX_UNITS):
            raise InvalidMessage(
                f"{self.bli.where(3)}: quantity {text!r} is no whole number from 1 to {MAX_UNITS}: correct it"
            )
        return int(quantity)

    def price(self) -> float | None:
        """Return the price of one unit: BLI06, or the line's AMT shared out."""
        if self.bli.get(6):
            return _number(self.bli, 6)
        for segment in self.line:
            if segment.tag == "AMT" and segment.get(2):
                return round(_number(segment, 2) / (self.quantity() or 1), 2)
        return None

    def currency(self, notes: Notes) -> str | None:
        """Return the currency of the prices, CUR02 of the line or else of the message."""
        named = [segment for segment in self.both() if segment.tag == "CUR" and segment.get(2)]
        currencies = list(dict.fromkeys(segment.get(2).upper() for segment in named))
        if not currencies:
            return None
        if not CURRENCY.fullmatch(currencies[0]):
            raise InvalidMessage(
                f"{named[0].where(2)}: {currencies[0]!r} is no currency: give an ISO 4217 code such as USD"
            )
        if len(currencies) > 1:
            notes.add(
                f"several currencies (CUR02 {', '.join(currencies)}): the first is taken", named[0].where()
            )
        return currencies[0]

    def described_class(self) -> DeviceClass | None:
        """Return the device class that a description names."""
        texts = [segment.text(5) for segment in self.line if segment.tag == "PID"]
        return next((found for text in texts if (found := device_class_in(text))), None)

    def weight_g(self, notes: Notes) -> float | None:
        """Return the gross weight of a unit, None where it can't be read, which is noted."""
        for segment in self.line:
            if segment.tag == "MEA" and segment.get(2) in code_tables().gross_weights:
                try:
                    return grams(segment.get(3), segment.get(4))
                except UnknownWeight as error:
                    notes.add(f"{error}: left unknown", segment.where(3))
        return None

    def order_id(self, notes: Notes) -> str | None:
        """Return the number of the order, by PRF01 or a reference with PO."""
        order = self.first("PRF")
        named = (
            segment.get(2) for segment in self.both() if segment.tag in REFERENCES and segment.get(1) == "PO"
        )
        return self._identifier(order.get(1) if order else next(named, ""), "order", notes)

    def dates(self, clock: Clock) -> dict[str, datetime]:
        """Return the dates that have a place in an RMA; that of the order may also stand in PRF04."""
        found: dict[str, datetime] = {}
        for segment in self.both():
            name = code_tables().dates.get(segment.get(1)) if segment.tag == "DTM" else None
            moment = clock.read(segment, 2, 3, 4) if name else None
            if name and moment:
                found.setdefault(name, moment)
        order = self.first("PRF")
        nowhere = len(order.elements) if order else 0
        ordered_at = clock.read(order, 4, nowhere, nowhere) if order else None
        return {"ordered_at": ordered_at, **found} if ordered_at else found

    def parties(self, notes: Notes) -> dict[str, str | None]:
        """Return who returns it, from where, and where the order went."""
        named = self._parties()
        tables = code_tables().parties
        customer, pickup, address = (
            next((named[code] for code in codes if code in named), ("", None))
            for codes in (tables.customer, tables.pickup_address, tables.address)
        )
        return {
            "customer_id": self._identifier(customer[0][:MAX_IDENTIFIER], "customer", notes),
            "pickup_address_id": self._identifier(pickup[0][:MAX_IDENTIFIER], "pickup address", notes),
            "address_id": self._identifier(address[0][:MAX_IDENTIFIER], "address", notes),
            "country": pickup[1] or customer[1],
        }

    def _identifier(self, text: str, what: str, notes: Notes) -> str | None:
        """Return what names the order or a party, None where it can be no identifier, which is noted."""
        found = identifier(text)
        if not found:
            return None
        if len(found) <= MAX_IDENTIFIER and re.fullmatch(IDENTIFIER_PATTERN, found):
            return found
        notes.add(
            f"the {what}'s name or number {found[:40]!r} is no identifier of visible ASCII: left unknown",
            self.bli.where(),
        )
        return None

    def _parties(self) -> dict[str, tuple[str, str | None]]:
        """Return number or name, and country, of each party by its code."""
        parties: dict[str, tuple[str, str | None]] = {}
        who = ""
        for segment in self.both():
            if segment.tag == "N1":
                who = segment.get(1)
                parties.setdefault(who, (segment.get(4) or segment.get(2), None))
            elif segment.tag == "N4" and who in parties and parties[who][1] is None:
                parties[who] = (parties[who][0], country_code(segment.get(4)))
        return parties

    def _numbers(self) -> dict[str, str]:
        """Return the numbers of the item by qualifier, of several the first."""
        return dict(reversed(self._pairs()))

    def _pairs(self) -> list[tuple[str, str]]:
        """Return qualifiers and numbers of the item: BLI01 and 02, then pairs from BLI08 on."""
        places = [1, *range(8, len(self.bli.elements) - 1, 2)]
        pairs = [(self.bli.get(place), self.bli.get(place + 1)) for place in places]
        return [(qualifier, number) for qualifier, number in pairs if qualifier and number]


def items_of(message: TransactionSet) -> Iterator[Item]:
    """Yield the item lines of a message."""
    header, *lines = runs(message.segments, "BLI")
    for number, (bli, *line) in enumerate(lines, start=1):
        yield Item(message, number, len(lines) == 1, bli, line, header)


def _references(segments: Sequence[Segment]) -> list[tuple[ReferenceKind | None, str]]:
    kinds = code_tables().references.x12
    places = [(segment, *REFERENCES[segment.tag]) for segment in segments if segment.tag in REFERENCES]
    return [
        (kinds.get(segment.get(qualifier)), segment.get(number))
        for segment, qualifier, number in places
        if segment.get(number)
    ]


def _number(segment: Segment, place: int) -> float:
    text = segment.get(place)
    if not NUMBER.fullmatch(text):
        raise InvalidMessage(f"{segment.where(place)}: price {text!r} is not a number: correct it")
    return float(text)
