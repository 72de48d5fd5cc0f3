"""Take serial numbers, parcels and places out of GS1 identifiers, as EPC URNs or Digital Links."""

import re
from urllib.parse import unquote, urlsplit

from data.inbound.reading import Reference, ReferenceKind

SERIALS = re.compile(r"urn:epc:id:(?:sgtin|itip):.*\.(?P<serial>[^.]+)", re.IGNORECASE)
PARCELS = re.compile(r"urn:epc:id:sscc:(?P<company>\d{6,12})\.(?P<serial>\d{5,11})", re.IGNORECASE)
LINK_SERIAL = re.compile(r"/21/([^/?]+)")
LINK_PARCEL = re.compile(r"/00/(\d{18})")
PLACE = re.compile(r"geo:(?P<latitude>-?\d+(?:\.\d+)?),(?P<longitude>-?\d+(?:\.\d+)?)")


def reference_of(epc: str) -> Reference | None:
    """Return what an EPC identifies: a unit by its serial number, or a parcel by its SSCC; else None."""
    if found := SERIALS.fullmatch(epc):
        return Reference.of(ReferenceKind.SERIAL, unquote(found["serial"]))
    if found := PARCELS.fullmatch(epc):
        return Reference.of(ReferenceKind.TRACKING, sscc(found["company"], found["serial"]))
    path = urlsplit(epc).path if epc.lower().startswith("http") else ""
    if serial := LINK_SERIAL.search(path):
        return Reference.of(ReferenceKind.SERIAL, unquote(serial[1]))
    if parcel := LINK_PARCEL.search(path):
        return Reference.of(ReferenceKind.TRACKING, parcel[1])
    return None


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
