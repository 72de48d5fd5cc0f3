"""Write HEIC files of many pictures from one coded picture of 64 x 64 pixels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

SEED = Path(__file__).parents[1] / "features/photo/half-red.heic"
TILE_PX = 64
GRID = 1
ALPHA, DEPTH = b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:hevc:2015:auxid:2"


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return (8 + len(content)).to_bytes(4) + kind + content


def full_box(kind: bytes, version: int, *parts: bytes, flags: int = 0) -> bytes:
    return box(kind, bytes([version]), flags.to_bytes(3), *parts)


COLOURS = box(b"colr", b"nclx", bytes.fromhex("0001000d000680"))


def coded_tile() -> bytes:
    """Return the coded picture of the seed."""
    body = SEED.read_bytes()
    return body[body.index(b"mdat") + 4 :]


def tile_settings() -> bytes:
    """Return the seed's hvcC box."""
    body = SEED.read_bytes()
    start = body.index(b"hvcC") - 4
    return body[start : start + int.from_bytes(body[start : start + 4])]


def size_box(width: int, height: int) -> bytes:
    return full_box(b"ispe", 0, width.to_bytes(4), height.to_bytes(4))


def grid_heic(
    columns: int,
    rows: int,
    *,
    tile: bytes | None = None,
    turns: Sequence[bytes] = (),
    notes: int = 0,
    note: bytes = b"",
    kind: bytes = b"Exif",
    layers: Sequence[tuple[bytes, bytes]] = (),
    brand: bytes = b"heic",
    coding: bytes = b"hvc1",
) -> bytes:
    """Return a picture of columns x rows tiles, all alike.

    `turns` are boxes that turn it, `notes` so many items of a kind with the same bytes, `note`; `layers` are
    pictures beside it, each with its tie (auxl or thmb) and what it is called.
    """
    tile = tile or coded_tile()
    width, height = columns * TILE_PX, rows * TILE_PX
    tiles = range(GRID + 1, GRID + 1 + columns * rows)
    texts = range(tiles.stop, tiles.stop + notes)
    sheets = range(texts.stop, texts.stop + len(layers))
    grid = bytes([0, 1, rows - 1, columns - 1]) + width.to_bytes(4) + height.to_bytes(4)
    coded = [*tiles, *sheets]
    kinds = {GRID: b"grid"} | dict.fromkeys(coded, coding) | dict.fromkeys(texts, kind)
    names = [full_box(b"auxC", 0, name, b"\0") for _, name in layers]
    properties = [
        size_box(width, height),
        tile_settings(),
        size_box(TILE_PX, TILE_PX),
        *names,
        COLOURS,
        *turns,
    ]
    first = 4 + len(layers)
    used = {GRID: [1, *range(first, first + 1 + len(turns))]} | {number: [2, 3] for number in tiles}
    used |= {number: [2, 3, 4 + place] for place, number in enumerate(sheets)}
    references = [box(b"dimg", _two(GRID), _two(len(tiles)), *map(_two, tiles))]
    references += [box(b"cdsc", _two(number), _two(1), _two(GRID)) for number in texts]
    ties = zip(sheets, layers, strict=True)
    references += [box(tie, _two(number), _two(1), _two(GRID)) for number, (tie, _) in ties]
    # Every picture has bytes of its own; the notes share theirs.
    data = grid + tile * len(coded) + note
    places = {GRID: (0, len(grid))}
    places |= {number: (len(grid) + at * len(tile), len(tile)) for at, number in enumerate(coded)}
    places |= dict.fromkeys(texts, (len(data) - len(note), len(note)))
    return _file(brand, (kinds, properties, used, full_box(b"iref", 0, *references)), places, data)


def _file(
    brand: bytes, described: tuple[Any, Any, Any, Any], places: dict[int, tuple[int, int]], data: bytes
) -> bytes:
    head = box(b"ftyp", brand, bytes(4), b"mif1", b"heic")
    # How long the description is does not depend on the places that it tells.
    start = len(head) + len(_meta(*described, places, 0)) + 8
    return head + _meta(*described, places, start) + box(b"mdat", data)


def _meta(kinds, properties, used, references, places, start) -> bytes:
    entries = [
        full_box(b"infe", 2, _two(number), _two(0), kind, b"\0", b"application/rdf+xml\0" * (kind == b"mime"))
        for number, kind in kinds.items()
    ]
    located = [
        _two(number) + _two(0) + _two(1) + (start + at).to_bytes(4) + length.to_bytes(4)
        for number, (at, length) in places.items()
    ]
    associated = [_two(number) + bytes([len(which), *which]) for number, which in used.items()]
    return full_box(
        b"meta",
        0,
        full_box(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", 0, _two(GRID)),
        full_box(b"iinf", 0, _two(len(entries)), *entries),
        full_box(b"iloc", 0, b"\x44\0", _two(len(located)), *located),
        box(b"iprp", box(b"ipco", *properties), full_box(b"ipma", 0, len(used).to_bytes(4), *associated)),
        references,
    )


def _two(number: int) -> bytes:
    return number.to_bytes(2)


def many_pictures(count: int) -> bytes:
    """Return the coded picture so many times over."""
    return coded_tile() * count


def rotations(count: int) -> list[bytes]:
    """Return boxes that turn a picture by a quarter each."""
    return [box(b"irot", b"\x01")] * count
