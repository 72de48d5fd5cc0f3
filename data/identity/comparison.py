"""Compare what names a device - serial number, IMEI, MEID - however it was printed, typed or scanned.

Two readings of one device seldom look alike: scanners put data identifiers in front and drop zeros, people
write hyphens and `S/N:`, readers take O for 0. One character more or less is a slip of reading, for serials
of one maker are equally long; one character exchanged may be the neighbour's and never passes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TypeGuard

from data.identity.imei import IMEI_DIGITS, is_imei, read_number
from data.identity.serial import SURE_LENGTH, bare_serial, without_additions

# The pairs that readers and people take for one another. Z and 2 are left out: they are held and read again.
_CONFUSED = str.maketrans("OIBS", "0185")
# What people and firmware put where there is no serial number.
_BLANK = re.compile(
    "NA|NAN|NONE|NULL|NIL|UNDEFINED|TB[AD]|PENDING|MISSING|UNKNOWN|UNREADABLE|ILLEGIBLE|BLANK|EMPTY|VOID|ERROR"
    "|NOSN|NOSERIAL(NUMBER)?|(NO|BAD)READ|(NO|SEE|MISSING|DAMAGED|UNREADABLE)LABEL"
    "|LABEL(MISSING|DAMAGED|UNREADABLE)|DAMAGED|SCRATCHED(OFF)?|CAN(NOT|T)READ|UNLESERLICH|ILLISIBLE"
    "|NOT(KNOWN|AVAILABLE|APPLICABLE|FOUND|READ|READABLE|LEGIBLE|VISIBLE|SPECIFIED)"
    "|DEFAULTSTRING|TOBEFILLEDBYOEM|SYSTEMSERIALNUMBER|0?1234567890?"
)


class Match(StrEnum):
    """The results of comparing two readings."""

    SAME = "same"
    SLIP = "slip"
    OTHER = "other"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Comparison:
    """The result of comparing what was sold with what was read, both as written, with the reason in words.

    passes: whether the two may stand for one device. A slip passes only where it can't be another unit.
    """

    match: Match
    why: str
    passes: bool = False
    expected: str = ""
    observed: str = ""


@dataclass(frozen=True)
class Identity:
    """The numbers of one device, as written."""

    serial: str | None = None
    imeis: tuple[str, ...] = ()


@dataclass(frozen=True)
class IdentityComparison:
    """What the numbers of the device that was sold say of those that were read.

    expected and observed hold each number where it belongs: an IMEI in the serial field is one of the IMEIs.
    is_open: of one kind both sides hold something, and not only that there is none: it must be settled.
    """

    expected: Identity
    observed: Identity
    serial: Comparison
    imei: Comparison
    is_open: bool

    @property
    def objection(self) -> Comparison | None:
        """Return the comparison that forbids to take both for one device, the serial's first; None without.

        A difference on one side outweighs a match on the other, and what can't be compared clears nothing.
        """
        for found in (self.serial, self.imei):
            if found.match in {Match.SLIP, Match.OTHER} and not found.passes:
                return found
        if not self.is_open or self.serial.passes or self.imei.passes:
            return None
        return self.serial if self.serial.observed else self.imei


@lru_cache(maxsize=4_096)
def compare(expected: Identity, observed: Identity) -> IdentityComparison:
    """Compare the device that was sold with the one that was read."""
    sold, read = _sorted_out(expected, observed), _sorted_out(observed, expected)
    serial, imei = compare_serials(sold.serial, read.serial), compare_imeis(sold.imeis, read.imeis)
    is_open = _is_asked(_names_one, [expected.serial], [observed.serial])
    is_open |= _is_asked(read_number, expected.imeis, observed.imeis)
    if serial.match is Match.NOT_COMPARABLE:
        # What the field held is told also where it was an IMEI.
        serial = replace(serial, expected=expected.serial or "", observed=observed.serial or "")
    return IdentityComparison(sold, read, serial, imei, is_open)


def compare_serials(expected: str | None, observed: str | None) -> Comparison:
    """Compare two serial numbers; the order does not matter to the match."""
    pair = (expected or "", observed or "")
    if not (_names_one(expected) and _names_one(observed)):
        return _compared(Match.NOT_COMPARABLE, "is no serial number to compare", pair)
    if expected == observed:
        return _compared(Match.SAME, "reads the same", pair, passes=True)
    both = [(one, other) for one in _spellings(pair[0]) for other in _spellings(pair[1])]
    match, why, passes = max((_relation(*each) for each in both), key=_closeness)
    return _compared(match, why, pair, passes=passes)


def compare_imeis(expected: Sequence[str], observed: Sequence[str]) -> Comparison:
    """Compare the IMEIs or MEIDs of two devices: any one in common names the same device."""
    pair = (" or ".join(expected), " or ".join(observed))
    sold = [number for number in map(read_number, expected) if number]
    read = [number for number in map(read_number, observed) if number]
    if sold and observed and not read:
        return _compared(Match.OTHER, "is a number that no device has", pair)
    pairs = [(one, other) for one in sold for other in read if one.is_decimal == other.is_decimal]
    if not pairs:
        return _compared(Match.NOT_COMPARABLE, "is no number of the same kind", pair)
    if any(one.is_same(other) for one, other in pairs):
        return _compared(Match.SAME, "names the same device", pair, passes=True)
    for one, other in pairs:
        slip = _slip(one.body, other.body) or _one_more(one.written, other.written)
        if slip:
            return _compared(Match.SLIP, slip, pair)
    return _compared(Match.OTHER, "names another device", pair)


def plain_serial(text: str) -> str:
    """Spell a serial the one way: capitals and digits alone, without label, and O, I, B, S as the digits."""
    return bare_serial(text).translate(_CONFUSED)


def key_of(text: str) -> str:
    """Return the key under which readings of one unit are found, for a serial number or an IMEI."""
    number = read_number(text) if is_imei(text) else None
    return _key(number.body if number else plain_serial(text)) or text


def keys_of(identity: Identity) -> frozenset[str]:
    """Return every key under which a device that was sold may have been read."""
    keys = {key_of(text) for text in identity.imeis}
    keys |= {_key(number.body) for number in map(read_number, identity.imeis) if number}
    if _names_one(identity.serial):
        keys |= {key_of(identity.serial)}
        keys |= {_key(form.translate(_CONFUSED)) for form in without_additions(bare_serial(identity.serial))}
    return frozenset(keys)


def _is_asked(
    names_one: Callable[[str], object], expected: Sequence[str | None], observed: Sequence[str | None]
) -> bool:
    sold, read = ([text for text in texts if text is not None] for texts in (expected, observed))
    return bool(sold and read) and any(map(names_one, [*sold, *read]))


def _key(plain: str) -> str:
    return plain.lstrip("0") or plain


def _compared(match: Match, why: str, pair: tuple[str, str], *, passes: bool = False) -> Comparison:
    return Comparison(match, why, passes, *pair)


def _sorted_out(own: Identity, other: Identity) -> Identity:
    """Move an IMEI that was put into the serial field to the IMEIs, and drop a serial that is none."""
    if not _names_one(own.serial):
        return Identity(None, own.imeis)
    if not _is_misplaced(own.serial, other):
        return own
    return Identity(None, tuple(dict.fromkeys([*own.imeis, own.serial])))


def _is_misplaced(serial: str, other: Identity) -> bool:
    number = read_number(serial)
    if number is None or (other.serial and compare_serials(serial, other.serial).passes):
        return False
    if any(number.is_same(one) for one in map(read_number, other.imeis) if one):
        return True
    return is_imei(serial) and not _is_numbered_alike(other.serial)


def _is_numbered_alike(serial: str | None) -> bool:
    """Say whether a maker numbers in 15 digits, so that a serial may look like an IMEI by chance."""
    return serial is not None and serial.isdigit() and len(serial) == IMEI_DIGITS and not is_imei(serial)


def _names_one(serial: str | None) -> TypeGuard[str]:
    """Say whether a serial names a unit: `N/A`, `0000000` and the like name none."""
    if serial is None:
        return False
    capitals = bare_serial(serial)
    is_filled = len(set(capitals)) == 1 and (len(capitals) >= 4 or capitals[0] in "0X")
    return bool(capitals) and not is_filled and not _BLANK.fullmatch(capitals)


def _spellings(serial: str) -> set[str]:
    """Return what a serial may say: a small l is L, or 1."""
    return (
        {bare_serial(serial), bare_serial(serial.replace("l", "1"))}
        if "l" in serial
        else {bare_serial(serial)}
    )


def _relation(one: str, other: str) -> tuple[Match, str, bool]:
    """Compare two serials in capitals."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    long, short = longer.translate(_CONFUSED), shorter.translate(_CONFUSED)
    forms = [long, *(form.translate(_CONFUSED) for form in without_additions(longer))]
    if short in forms or _unpadded(long) == _unpadded(short):
        return Match.SAME, "reads the same", True
    # A scanner may do both at once: put its identifier in front, and drop the zeros.
    if len(long) != len(short) and (_holds(longer, short) or _holds(shorter, long)):
        return Match.SAME, "reads the same", True
    if more := _one_more(long, short):
        return Match.SLIP, more, len(short) >= SURE_LENGTH
    if slip := next(filter(None, (_slip(form, short) for form in forms)), None):
        return Match.SLIP, slip, False
    return Match.OTHER, "differs in many places", False


def _holds(serial: str, plain: str) -> bool:
    """Say whether a serial is another one behind a data identifier, up to zeros in front."""
    forms = (form.translate(_CONFUSED) for form in without_additions(serial))
    return _unpadded(plain) in map(_unpadded, forms)


def _unpadded(plain: str) -> str:
    bare = plain.lstrip("0")
    return bare if len(bare) >= SURE_LENGTH else plain


def _one_more(one: str, other: str) -> str | None:
    """Say so where one text is the other with one character put in anywhere."""
    long, short = (one, other) if len(one) > len(other) else (other, one)
    if len(long) - len(short) != 1:
        return None
    same = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    return "has one character more or less" if long[same + 1 :] == short[same:] else None


def _slip(one: str, other: str) -> str | None:
    """Say in what two texts of one length differ, where it may be a slip; None for anything more."""
    if len(one) != len(other):
        return None
    places = [at for at, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    if len(places) == 1:
        return "differs in one place: read it again"
    if len(places) == 2 and places[1] == places[0] + 1 and one[places[0]] == other[places[1]]:
        swapped = one[places[1]] == other[places[0]]
        return "has two characters swapped: read it again" if swapped else None
    return None


def _closeness(relation: tuple[Match, str, bool]) -> tuple[bool, int]:
    order = (Match.OTHER, Match.SLIP, Match.SAME)
    return relation[2], order.index(relation[0])
