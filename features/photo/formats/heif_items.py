"""Read what a HEIF file says of its pictures (ISO/IEC 23008-12): kinds, properties, references, places."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from features.photo.formats.boxes import Box, Fields, boxes
from features.photo.formats.cost import photo_cost
from features.photo.photo_error import UnreadablePhoto

_IN_FILE, _IN_META = 0, 1
_VERSION_BYTES = 4
_TIED, _UNTIED = b"cdsc", b"none"
_EXIF = b"Exif"
# Where the header of the EXIF begins after this field.
_OFFSET_BYTES = 4


@dataclass
class Item:
    """One picture or note: its kind, properties, the items it is made from, and where its bytes lie."""

    kind: bytes = b""
    properties: list[Box] = field(default_factory=list)
    made_from: list[int] = field(default_factory=list)
    extents: list[tuple[int, int]] = field(default_factory=list)
    auxiliary_to: int | None = None
    is_placed_twice: bool = False

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return sum(length for _, length in self.extents)

    def is_within(self, body: bytes) -> bool:
        """Return whether all its bytes lie in a file."""
        return all(start + length <= len(body) for start, length in self.extents)

    def property(self, kind: bytes) -> Box | None:
        """Return its first property of a kind, if it has one."""
        return next((box for box in self.properties if box.kind == kind), None)


@dataclass(frozen=True)
class Items:
    """The items of a file by number, which one is the picture to show, and where it is tied to its notes."""

    by_number: dict[int, Item]
    primary: int
    notes_at: tuple[int, ...]


def read_items(body: bytes) -> Items:
    """Read the description of a file; raises UnreadablePhoto where there is none or it can't be followed."""
    meta = next((box for box in boxes(body, 0, len(body)) if box.kind == b"meta"), None)
    if meta is None:
        raise UnreadablePhoto("it holds no still picture")
    inside = {box.kind: box for box in meta.boxes(skip=_VERSION_BYTES)}
    missing = {b"pitm", b"iinf", b"iloc", b"iprp"} - inside.keys()
    if missing:
        raise UnreadablePhoto(f"its description lacks {b', '.join(sorted(missing)).decode()}")
    items = dict(_kinds(inside[b"iinf"]))
    _read_places(inside[b"iloc"], items, inside.get(b"idat"))
    _read_properties(inside[b"iprp"], items)
    notes_at = tuple(_read_references(inside[b"iref"], items)) if b"iref" in inside else ()
    primary = inside[b"pitm"]
    return Items(items, primary.fields().number(4 if primary.version else 2), notes_at)


def without_notes(body: bytes, items: Items) -> bytes:
    """Return a file whose pictures are not tied to EXIF, XMP and the like, so that nobody reads these."""
    loose = bytearray(body)
    for at in items.notes_at:
        loose[at + 4 : at + 8] = _UNTIED
    return bytes(loose)


def item_bytes(body: bytes, item: Item) -> bytes:
    """Return the bytes of an item."""
    return b"".join(body[start : start + length] for start, length in item.extents)


def exif_of(body: bytes, items: Items) -> bytes:
    """Return the EXIF that the file holds first, nothing where there is none; ISO/IEC 23008-12, annex A."""
    note = next((item for item in items.by_number.values() if item.kind == _EXIF), None)
    if note is None or not note.is_within(body):
        return b""
    block = item_bytes(body, note)
    return block[_OFFSET_BYTES + int.from_bytes(block[:_OFFSET_BYTES]) :]


def _kinds(box: Box) -> Iterator[tuple[int, Item]]:
    fields = box.fields()
    most = photo_cost().heif.items_most
    if fields.number(4 if box.version else 2) > most:
        raise UnreadablePhoto(f"it describes more than {most} pictures")
    for entry in boxes(box.body, fields.at, box.end):
        if entry.kind == b"infe" and entry.version >= 2:
            described = entry.fields()
            number = described.number(4 if entry.version > 2 else 2)
            described.skip(2)
            yield number, Item(described.raw(4))


def _read_places(box: Box, items: dict[int, Item], idat: Box | None) -> None:
    fields, version = box.fields(), box.version
    sizes = fields.number(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(fields.number(4 if version > 1 else 2)):
        number = fields.number(4 if version > 1 else 2)
        method = fields.number(2) & 15 if version else _IN_FILE
        fields.skip(2)
        base = fields.number(base_size)
        if method == _IN_META and idat is not None:
            base += idat.start
        extents = []
        for _ in range(fields.number(2)):
            fields.skip(index_size)
            start, length = fields.number(offset_size), fields.number(length_size)
            extents.append((base + start, length or max(0, len(box.body) - base - start)))
        if method not in {_IN_FILE, _IN_META}:
            raise UnreadablePhoto("its pictures are made of pieces of each other")
        if number in items:
            # Of two places decoders may go by either.
            items[number].is_placed_twice = bool(items[number].extents)
            items[number].extents = extents


def _read_properties(box: Box, items: dict[int, Item]) -> None:
    inside = list(box.boxes())
    properties = [found for part in inside if part.kind == b"ipco" for found in part.boxes()]
    for part in inside:
        if part.kind == b"ipma":
            _associate(part, items, properties)


def _associate(box: Box, items: dict[int, Item], properties: list[Box]) -> None:
    fields = box.fields()
    is_wide = box.body[box.start + _VERSION_BYTES - 1] & 1
    size, mask = (2, 0x7FFF) if is_wide else (1, 0x7F)
    for _ in range(fields.number(4)):
        item = items.get(fields.number(4 if box.version else 2))
        for _ in range(fields.number(1)):
            place = fields.number(size) & mask
            if item is not None and 1 <= place <= len(properties):
                item.properties.append(properties[place - 1])


def _read_references(box: Box, items: dict[int, Item]) -> Iterator[int]:
    """Note what each picture is made from; yield the places of the ties to notes."""
    size = 4 if box.version else 2
    for entry in box.boxes(skip=_VERSION_BYTES):
        if entry.kind == _TIED:
            yield entry.at
        fields = Fields(entry.body, entry.start, entry.end)
        item = items.get(fields.number(size))
        others = [fields.number(size) for _ in range(fields.number(2))]
        if item is None:
            continue
        if entry.kind == b"dimg":
            item.made_from += others
        elif entry.kind == b"auxl" and others:
            item.auxiliary_to = others[0]
