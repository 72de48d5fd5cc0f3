"""Read a HEIC: what it will cost by the pictures it is made of, and the one it shows."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import islice

import pi_heif
from PIL import Image

from features.photo.formats import hevc
from features.photo.formats.boxes import Box, Fields
from features.photo.formats.capture_time import read_capture_time
from features.photo.formats.cost import Cost, photo_cost, require_affordable, require_size
from features.photo.formats.encoded import Decoded, EncodedPhoto
from features.photo.formats.foreign import brand_known_as
from features.photo.formats.heif_items import Item, Items, exif_of, item_bytes, read_items, without_notes
from features.photo.formats.upright import Box as PlaceInPicture
from features.photo.formats.upright import upright
from features.photo.photo_error import UnreadablePhoto

_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_STILL_BRANDS = frozenset({b"mif1", b"mif2", b"msf1", b"heif"})
_CODINGS = {b"av01": "AVIF", b"jpeg": "JPEG in HEIF", b"avc1": "AVC", b"vvc1": "VVC", b"j2k1": "JPEG 2000"}
_CODED = b"hvc1"
_GRID, _OVERLAY = b"grid", b"iovl"
_DERIVED = frozenset({_GRID, _OVERLAY, b"iden"})
# Bytes before the size of the whole in what describes a picture made of others.
_BEFORE_SIZE = {_GRID: 4, _OVERLAY: 10}
_TURNS = frozenset({b"irot", b"imir", b"clap"})
_ALPHA = frozenset({b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"})
_LENGTH_FIELD, _UNITS_FIELD = 21, 22


class _Work:
    """Add up what decoding a picture takes, over all that it is made from, and note whether some is lost.

    Of a picture made of others the decoder leaves out what it can't read, without a word.
    """

    def __init__(self, body: bytes, items: Items) -> None:
        self.pixels = 0.0
        self.canvas_pixels = self.coded_bytes = self.units = self.parts = 0
        self.has_hole = False
        self._body, self._items, self._limits = body, items, photo_cost().heif
        self._alphas: dict[int, list[int]] = {}
        for number, item in items.by_number.items():
            if item.auxiliary_to is not None and is_alpha(item):
                self._alphas.setdefault(item.auxiliary_to, []).append(number)

    @property
    def cost(self) -> Cost:
        """Return the cost of all that was added."""
        rates, pixels = self._limits, max(self.pixels, self.canvas_pixels)
        work = pixels * rates.ns_per_px + self.coded_bytes * rates.ns_per_byte
        return Cost.of(pixels * rates.bytes_per_px, work + self.parts * rates.ns_per_part)

    def add(self, number: int, depth: int) -> None:
        """Add an item, all that it is made from, and its transparency; raises PhotoError."""
        item = self._items.by_number.get(number)
        if item is None or not depth:
            raise UnreadablePhoto("it is made from pictures that can't be followed")
        if sum(box.kind in _TURNS for box in item.properties) > self._limits.turns_most:
            raise UnreadablePhoto("it is turned more often than any photo")
        if item.kind not in {*_DERIVED, _CODED}:
            coding = _CODINGS.get(item.kind, item.kind.decode("ascii", "replace"))
            raise UnreadablePhoto(f"its picture is coded as {coding}, not as HEIC")
        if item.kind == _CODED:
            self._add_coded(item)
        self.canvas_pixels += max(_pixels(item), _canvas_pixels(self._body, item)) * (item.kind in _DERIVED)
        require_affordable(self.cost, "a HEIC")
        parts = item.made_from if item.kind in _DERIVED else []
        for part in (*parts, *self._alphas.get(number, ())):
            self.add(part, depth - 1)

    def _add_coded(self, item: Item) -> None:
        settings = item.property(b"hvcC")
        if settings is None or settings.end - settings.start <= _UNITS_FIELD:
            raise UnreadablePhoto("a picture of it lacks its settings")
        length_bytes = (settings.content[_LENGTH_FIELD] & 3) + 1
        most = self._limits.units_most
        data = item_bytes(self._body, item)
        coded = list(islice(hevc.units(data, length_bytes), most + 1))
        self.units += len(coded)
        if self.units > most:
            raise UnreadablePhoto("its pictures are cut into far more pieces than a photo's")
        if sum(map(hevc.begins_picture, coded)) > 1:
            raise UnreadablePhoto("it holds many pictures where one belongs")
        self.has_hole |= not item.is_within(self._body) or hevc.has_hole(data, length_bytes)
        given = [
            unit for unit in (*_settings_units(settings), *coded) if hevc.kind_of(unit) == hevc.SIZE_UNIT
        ]
        pictures = [hevc.coded_picture(unit) for unit in given]
        pixels = max([_pixels(item), *(picture.pixels for picture in pictures)])
        self.pixels += pixels * max(map(self._richness, pictures), default=1.0)
        self.coded_bytes += item.size
        self.parts += 1

    def _richness(self, picture: hevc.CodedPicture) -> float:
        """Return how many plain pixels one of this picture costs as much as."""
        deep = self._limits.deep_times if picture.is_deep else 1.0
        return deep * (self._limits.full_colours_times if picture.has_full_colours else 1.0)


def is_boxed(body: bytes) -> bool:
    """Return whether the bytes begin as HEIC, AVIF and films do."""
    return body[4:8] == b"ftyp"


def open_heif(body: bytes) -> EncodedPhoto:
    """Look at the brands and the description of a HEIC; raises UnreadablePhoto or PhotoTooLarge."""
    _require_heic(body)
    items = read_items(body)
    shown = items.by_number.get(items.primary)
    if shown is None:
        raise UnreadablePhoto("the picture that it should show is missing")
    _require_bounded_notes(items, len(body))
    require_size(*_size(shown))
    work = _Work(body, items)
    work.add(items.primary, photo_cost().heif.depth_most)
    require_affordable(work.cost, "a HEIC")
    # pi_heif reads all notes of a picture, and dies of one whose kind is no text.
    loose = without_notes(body, items)

    def decode() -> Decoded:
        taken_at = read_capture_time(exif_of(body, items))
        return replace(_decode(loose), is_damaged=work.has_hole, taken_at=taken_at)

    return EncodedPhoto(work.cost, decode)


def _require_heic(body: bytes) -> None:
    size = int.from_bytes(body[:4])
    brands = [body[8:12], *(body[at : at + 4] for at in range(16, min(size, 4096, len(body)) - 3, 4))]
    if not {*brands} & (_HEVC_BRANDS | _STILL_BRANDS):
        raise UnreadablePhoto(f"it is {brand_known_as(brands)}")


def _require_bounded_notes(items: Items, size: int) -> None:
    """Refuse items that together have more bytes than the file: each would be read for itself."""
    if sum(item.size for item in items.by_number.values()) > 2 * size:
        raise UnreadablePhoto("its parts overlap each other")


def _size(item: Item) -> tuple[int, int]:
    box = item.property(b"ispe")
    if box is None:
        return 0, 0
    fields = box.fields()
    return fields.number(4), fields.number(4)


def _pixels(item: Item) -> int:
    width, height = _size(item)
    return width * height


def _canvas_pixels(body: bytes, item: Item) -> int:
    """Return the size that a picture made of others says for itself, whatever its properties say."""
    if item.kind not in _BEFORE_SIZE:
        return 0
    text = item_bytes(body, item)
    size = 4 if text[1] & 1 else 2
    fields = Fields(text, _BEFORE_SIZE[item.kind], len(text))
    return fields.number(size) * fields.number(size)


def is_alpha(item: Item) -> bool:
    """Return whether an item is the transparency of another."""
    named = item.property(b"auxC")
    return named is not None and names_alpha(named)


def names_alpha(named: Box) -> bool:
    """Return whether what a picture beside another is called (auxC) means transparency."""
    return named.content[4:].rstrip(b"\0") in _ALPHA


def _settings_units(settings: Box) -> Iterator[bytes]:
    """Yield the units that stand in a picture's settings."""
    fields = Fields(settings.body, settings.start + _UNITS_FIELD, settings.end)
    for _ in range(fields.number(1)):
        fields.skip(1)
        for _ in range(fields.number(2)):
            yield fields.raw(fields.number(2))


def _decode(body: bytes) -> Decoded:
    file = pi_heif.open_heif(BytesIO(body), convert_hdr_to_8bit=True)
    picture = file[file.primary_index]
    if not picture.info["primary"]:
        raise ValueError("it shows another picture than it says")
    pixels, stride = picture.data, picture.stride
    # libheif has turned it already, as the file says; its EXIF says the same again.
    width, height = picture.size

    def cut(place: PlaceInPicture) -> Image.Image:
        _, top, _, bottom = place
        rows = bytes(pixels[top * stride : bottom * stride])
        return Image.frombytes(picture.mode, (width, bottom - top), rows, "raw", picture.mode, stride)

    return Decoded(upright((width, height), cut), width, height)
