"""Look into coded HEVC pictures (ITU-T H.265) as far as it tells how much work they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.photo.photo_error import UnreadablePhoto

SIZE_UNIT = 33  # a sequence parameter set
_HEAD_BYTES = 2
_SIZE_LIES_WITHIN_BYTES = 256
_GENERAL_PROFILE_BITS, _SUB_PROFILE_BITS, _LEVEL_BITS = 96, 88, 8
_SUB_LAYERS_MOST = 8
_PICTURE_UNITS = range(32)
_FIRST_SLICE = 0x80
_LONGEST_NUMBER_BITS = 32
# No unit holds three zeros in a row, since a 3 is put before the third (7.4.2); a few may follow its end. Nor
# is coded data ever so long a run of ones.
_NEVER, _HARDLY_EVER = b"\0\0\0", b"\xff" * 64
_PADDING_MOST_BYTES = 32
_HALVED_COLOURS, _SEPARATE_COLOURS = 1, 3
_PLAIN_BITS = 8


@dataclass(frozen=True)
class CodedPicture:
    """What a coded picture says of itself; `colours` is 1 where they are halved both ways, 3 where never."""

    width: int
    height: int
    colours: int
    bits: int

    @property
    def pixels(self) -> int:
        """Return how many pixels it has."""
        return self.width * self.height

    @property
    def has_full_colours(self) -> bool:
        """Return whether colours have more samples than one for four pixels, as in no phone's photo."""
        return self.colours > _HALVED_COLOURS

    @property
    def is_deep(self) -> bool:
        """Return whether a sample has more than eight bits."""
        return self.bits > _PLAIN_BITS


class _Bits:
    """Read bits from the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data)
        self._at = 0

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        self._at += count
        if self._at > len(self._bits):
            raise UnreadablePhoto("the picture's own description is cut short")
        return int(self._bits[self._at - count : self._at] or "0", 2)

    def golomb(self) -> int:
        """Return the next number of no fixed length (Exp-Golomb)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _LONGEST_NUMBER_BITS:
                raise UnreadablePhoto("the picture's own description holds no size")
        return (1 << zeros) - 1 + self.take(zeros)


def units(data: bytes, length_bytes: int) -> Iterator[bytes]:
    """Yield the units of coded data, each of which follows its length."""
    at = 0
    while at + length_bytes < len(data):
        start = at + length_bytes
        at = start + int.from_bytes(data[at:start])
        yield data[start:at]


def has_hole(data: bytes, length_bytes: int) -> bool:
    """Return whether bytes stand in coded data as no encoder writes them; decoders go over most of these."""
    at, end = 0, len(data.rstrip(b"\0"))
    while at < end:
        start = at + length_bytes
        at = start + int.from_bytes(data[at:start])
        if at <= start or at > len(data) or data.find(_NEVER, start, at - _PADDING_MOST_BYTES) >= 0:
            return True
    return len(data) - end > _PADDING_MOST_BYTES or _HARDLY_EVER in data


def kind_of(unit: bytes) -> int:
    """Return the kind of a unit."""
    return unit[0] >> 1 & 0x3F if unit else -1


def begins_picture(unit: bytes) -> bool:
    """Return whether a unit is the first of a coded picture."""
    return kind_of(unit) in _PICTURE_UNITS and len(unit) > _HEAD_BYTES and unit[_HEAD_BYTES] >= _FIRST_SLICE


def coded_picture(unit: bytes) -> CodedPicture:
    """Return what a sequence parameter set says; raises UnreadablePhoto."""
    # Three bytes 0, 0, 3 stand for 0, 0, so that no start code shows up inside.
    bits = _Bits(unit[_HEAD_BYTES : _HEAD_BYTES + _SIZE_LIES_WITHIN_BYTES].replace(b"\0\0\3", b"\0\0"))
    bits.take(4)
    sub_layers = bits.take(3)
    bits.take(1)
    _pass_profiles(bits, sub_layers)
    bits.golomb()
    colours = bits.golomb()
    if colours == _SEPARATE_COLOURS:
        bits.take(1)
    width, height = bits.golomb(), bits.golomb()
    if bits.take(1):
        for _ in range(4):
            bits.golomb()
    depth = _PLAIN_BITS + max(bits.golomb(), bits.golomb())
    return CodedPicture(width, height, colours, depth)


def _pass_profiles(bits: _Bits, sub_layers: int) -> None:
    bits.take(_GENERAL_PROFILE_BITS)
    if not sub_layers:
        return
    given = [(bits.take(1), bits.take(1)) for _ in range(sub_layers)]
    bits.take(2 * (_SUB_LAYERS_MOST - sub_layers))
    for has_profile, has_level in given:
        bits.take(_SUB_PROFILE_BITS * has_profile + _LEVEL_BITS * has_level)
