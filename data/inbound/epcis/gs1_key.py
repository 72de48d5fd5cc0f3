"""Read serial numbers, parcels and places out of GS1 identifiers, as EPC URNs or Digital Links."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from data.identity.comparison import Identity
from data.inbound.reading import Reference, ReferenceKind, unit_references

SERIALS = re.compile(r"urn:epc:(?:id|tag):(?:sgtin|itip|grai)(?:-\d+)?:.*\.(?P<serial>[^.]+)", re.IGNORECASE)
ASSETS = re.compile(r"urn:epc:id:giai:(?P<company>\d{4,12})\.(?P<asset>.+)", re.IGNORECASE)
PARCELS = re.compile(r"urn:epc:id:sscc:(?P<company>\d{6,12})\.(?P<serial>\d{5,11})", re.IGNORECASE)
# RFC 7254, and what is written in its place; parameters such as the software version follow a semicolon.
IMEIS = re.compile(r"(?:urn:)?(?:gsma:|epc:id:)?imei:(?P<imei>[\d-]{14,20})(?:;.*)?", re.IGNORECASE)
LINK_SERIAL = re.compile(r"/(?:21|ser)/([^/?]+)")
LINK_PARCEL = re.compile(r"/(?:00|sscc)/(\d{18})")
# GRAI: a zero, 13 digits and a serial number. GIAI: the company's digits and what it calls the asset.
LINK_RETURNABLE = re.compile(r"/(?:8003|grai)/\d{14}([^/?]+)")
LINK_ASSET = re.compile(r"/(?:8004|giai)/([^/?]+)")
LINK_IMEI = re.compile(r"/8002/(\d{14,16})")
# Where the company's own part of a GIAI begins with a letter, it can be told from the company's digits.
COMPANY_DIGITS = re.compile(r"\d{4,12}(?=\D)")
PLACE = re.compile(r"geo:(?P<latitude>-?\d+(?:\.\d+)?),(?P<longitude>-?\d+(?:\.\d+)?)")


def references_of(epc: str) -> Iterator[Reference]:
    """Yield what an EPC identifies: a unit by its serial, asset number or IMEI, or a parcel by its SSCC."""
    if found := SERIALS.fullmatch(epc):
        yield _serial(found["serial"])
    elif found := ASSETS.fullmatch(epc):
        yield from (_serial(found["company"] + found["asset"]), _serial(found["asset"]))
    elif found := PARCELS.fullmatch(epc):
        yield Reference.of(ReferenceKind.TRACKING, sscc(found["company"], found["serial"]))
    elif found := IMEIS.fullmatch(epc):
        yield from unit_references(Identity(imeis=(found["imei"],)))
    elif epc.lower().startswith("http"):
        yield from _references_of_link(urlsplit(epc).path)


def _references_of_link(path: str) -> Iterator[Reference]:
    if found := LINK_SERIAL.search(path) or LINK_RETURNABLE.search(path):
        yield _serial(found[1])
    elif found := LINK_PARCEL.search(path):
        yield Reference.of(ReferenceKind.TRACKING, found[1])
    elif found := LINK_IMEI.search(path):
        yield from unit_references(Identity(imeis=(found[1],)))
    elif found := LINK_ASSET.search(path):
        yield _serial(found[1])
        if company := COMPANY_DIGITS.match(found[1]):
            yield _serial(found[1][company.end() :])


def _serial(written: str) -> Reference:
    return Reference.of(ReferenceKind.SERIAL, unquote(written))


def sscc(company: str, serial: str) -> str:
    """Spell the 18 digits of an SSCC: extension digit, company, serial, check digit."""
    body = serial[:1] + company + serial[1:]
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"{body}{-total % 10}"


def last_part(name: str) -> str:
    """Return the word or number at the end of a URN, a link or a prefixed name."""
    word = re.split(r"[:/#]", name.rstrip("/"))[-1]
    return re.sub(r"^(?:BizStep|Disp|BTT|SDT|MT)-", "", word)


def position_of(place: str) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees of a `geo:` identifier."""
    found = PLACE.match(place)
    return (float(found["latitude"]), float(found["longitude"])) if found else None
