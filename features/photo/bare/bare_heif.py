"""Keep of a HEIC the bytes that make up the picture it shows; all else is blanked where it stands.

Blanked and not cut out, because every place in the file is told in bytes from its start: nothing needs to be
moved, and so nothing can be moved wrongly.
"""

from collections.abc import Iterator

from features.photo.bare.inseparable import InseparableNotes
from features.photo.formats.boxes import Box, boxes
from features.photo.formats.heif import is_alpha, names_alpha
from features.photo.formats.heif_items import Item, Items, read_items, without_notes

Span = tuple[int, int]

_VERSION_BYTES = 4
# Of a description: what says which pictures there are, how they are made up, and where they lie.
_STRUCTURE = frozenset({b"pitm", b"iloc", b"iref", b"idat", b"grpl", b"iinf", b"iprp", b"hdlr"})
_PROPERTIES = frozenset(
    {b"ispe", b"hvcC", b"lhvC", b"pixi", b"irot", b"imir", b"clap", b"pasp", b"clli", b"mdcv", b"lsel"}
)
_NUMBERS_OF_COLOUR, _DERIVED = b"nclx", frozenset({b"grid", b"iovl", b"iden"})
_HANDLER_BYTES = 24
_DATA, _FREE = frozenset({b"mdat", b"idat"}), b"free"


def bare_heif(body: bytes, _: int) -> bytes:
    """Return a HEIC that reads as this one does; EXIF, XMP, profiles, names and further pictures are blank.

    Raises InseparableNotes where a note lies in the bytes of the picture.
    """
    items = read_items(body)
    needed = _needed(items)
    _require_apart(needed, items)
    # A picture made of others that is not shown holds only how they lie: readers want it there.
    needed |= {n: item for n, item in items.by_number.items() if item.kind in _DERIVED}
    spans = sorted(span for item in needed.values() for span in _spans(item))
    _require_in_data(spans, list(_data_boxes(body)))
    bare = bytearray(without_notes(body, items))
    for box in boxes(body, 0, len(body)):
        if box.kind == b"meta":
            _blank_description(bare, box, spans)
        elif box.kind != b"ftyp":
            _blank_data(bare, box, spans)
    return bytes(bare)


def _needed(items: Items) -> dict[int, Item]:
    """Return the picture that is shown with all that it is made from."""
    needed = {number: items.by_number[number] for number in set(_made_from(items.primary, items))}
    if not all(item.extents for item in needed.values()):
        raise InseparableNotes("a part of the picture is missing, and something may stand in for it")
    if any(item.is_placed_twice for item in items.by_number.values()):
        raise InseparableNotes("it says in two ways where a picture lies")
    return needed


def _made_from(number: int, items: Items) -> Iterator[int]:
    """Yield an item, all that it is made from, and the transparency of each, or of who knows what."""
    item = items.by_number[number]
    yield number
    of_it = {number, None} if number == items.primary else {number}
    alphas = [
        each for each, other in items.by_number.items() if is_alpha(other) and other.auxiliary_to in of_it
    ]
    for part in {*(item.made_from if item.kind in _DERIVED else ()), *alphas}:
        yield from _made_from(part, items)


def _spans(item: Item) -> list[Span]:
    return [(start, start + length) for start, length in item.extents if length]


def _require_apart(needed: dict[int, Item], items: Items) -> None:
    others = [span for n, item in items.by_number.items() if n not in needed for span in _spans(item)]
    for first, last in (span for item in needed.values() for span in _spans(item)):
        if any(start < last and first < end for start, end in others):
            raise InseparableNotes("the picture and what is beside it share their bytes")


def _require_in_data(spans: list[Span], places: list[Box]) -> None:
    for first, last in spans:
        if not any(box.start <= first and last <= box.end for box in places):
            raise InseparableNotes("the picture lies where no data belong")


def _data_boxes(body: bytes) -> Iterator[Box]:
    for box in boxes(body, 0, len(body)):
        inside = box.boxes(skip=_VERSION_BYTES) if box.kind == b"meta" else (box,)
        yield from (each for each in inside if each.kind in _DATA)


def _blank_description(bare: bytearray, meta: Box, needed: list[Span]) -> None:
    for box in meta.boxes(skip=_VERSION_BYTES):
        if box.kind not in _STRUCTURE or box.kind == b"idat":
            _blank_data(bare, box, needed)
        elif box.kind == b"hdlr":
            _blank(bare, box.start + _HANDLER_BYTES, box.end)
        elif box.kind == b"iinf":
            _blank_names(bare, box)
        elif box.kind == b"iprp":
            _blank_properties(bare, box)


def _blank_names(bare: bytearray, box: Box) -> None:
    count_bytes = 4 if box.version else 2
    for entry in box.boxes(skip=_VERSION_BYTES + count_bytes):
        if entry.kind == b"infe" and entry.version >= 2:
            number_bytes = 4 if entry.version > 2 else 2
            _blank(bare, entry.start + _VERSION_BYTES + number_bytes + 2 + 4, entry.end)


def _blank_properties(bare: bytearray, box: Box) -> None:
    for part in box.boxes():
        if part.kind == b"ipco":
            for each in part.boxes():
                _blank(bare, each.start + _told_bytes(each), each.end)
        elif part.kind != b"ipma":
            _blank(bare, part.start, part.end)


def _told_bytes(each: Box) -> int:
    """Return how many bytes of a property stay: all of those that make up the picture."""
    is_needed = each.kind in _PROPERTIES
    if each.kind == b"colr":
        is_needed = each.content[:4] == _NUMBERS_OF_COLOUR
    elif each.kind == b"auxC":
        is_needed = names_alpha(each)
    return each.end - each.start if is_needed else _VERSION_BYTES


def _blank_data(bare: bytearray, box: Box, needed: list[Span]) -> None:
    """Blank a box but for what is needed of it; one that is known to hold no data is free space then."""
    if box.kind not in _DATA:
        bare[box.at + 4 : box.at + 8] = _FREE
    at = box.start
    for start, end in needed:
        if end > at and start < box.end:
            _blank(bare, at, max(at, start))
            at = max(at, end)
    _blank(bare, at, box.end)


def _blank(bare: bytearray, start: int, end: int) -> None:
    if start < end:
        bare[start:end] = bytes(min(end, len(bare)) - start)
