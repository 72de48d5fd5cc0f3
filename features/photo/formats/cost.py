"""Bound what a photo may cost: pixels, sides, memory and work, as its headers foretell them."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from time import thread_time

from data.strict import Frozen
from data.versioned_file import VersionedFile, read_versioned
from features.photo.photo_error import PhotoTooLarge

MAX_PIXELS = 108_000_000
PHOTO_COST = Path(__file__).parent / "cost-1.yaml"

_MS_PER_NS = 1e-6


class JpegCost(Frozen):
    """What a JPEG costs, and how many segments it may have."""

    segments_most: int
    ns_per_block: float
    ns_per_byte: float
    arithmetic_ns_per_byte: float
    lossless_ns_per_px: float
    lossless_bytes_per_px: float


class PngCost(Frozen):
    """What a PNG costs, and how many chunks it may have."""

    chunks_most: int
    notes_most: int
    note_most_bytes: int
    ns_per_byte: float
    ns_per_packed_byte: float


class WebpCost(Frozen):
    """What a WebP costs."""

    bytes_per_px: float
    ns_per_px: float


class HeifCost(Frozen):
    """What a HEIC costs, and how much it may be made of."""

    items_most: int
    boxes_most: int
    units_most: int
    depth_most: int
    turns_most: int
    bytes_per_px: float
    ns_per_px: float
    ns_per_byte: float
    ns_per_part: float
    deep_times: float
    full_colours_times: float


class PhotoCost(VersionedFile):
    """The limits of cost-1.yaml, in its units."""

    source: str
    units: dict[str, str]
    side_most_px: int
    memory_most_bytes: int
    work_most_ms: float
    large_bytes: int
    watched_most_s: float
    jpeg: JpegCost
    png: PngCost
    webp: WebpCost
    heif: HeifCost


@dataclass(frozen=True)
class Cost:
    """What decoding one photo will take, in the units of cost-1.yaml."""

    memory_bytes: float
    work_ms: float

    @classmethod
    def of(cls, memory_bytes: float, work_ns: float) -> "Cost":
        """Return the cost of so many bytes and nanoseconds."""
        return cls(memory_bytes, work_ns * _MS_PER_NS)

    @property
    def is_large(self) -> bool:
        """Return whether only one photo of this size should be decoded at a time."""
        return self.memory_bytes > photo_cost().large_bytes


class WatchedBytes(BytesIO):
    """A file that a decoder reads piece by piece; it ends the reading once that has taken too long."""

    def __init__(self, body: bytes, most_s: float) -> None:
        super().__init__(body)
        self._until_s = thread_time() + most_s

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes; raises PhotoTooLarge once too much time of this thread went by."""
        if thread_time() > self._until_s:
            raise PhotoTooLarge("the photo takes far more work to read than a photo does: send it as a JPEG")
        return super().read(size)


@cache
def photo_cost() -> PhotoCost:
    """Return the limits that travel with this code."""
    return read_versioned(PHOTO_COST, PhotoCost)


def require_size(width_px: int, height_px: int) -> None:
    """Refuse more pixels or longer sides than any photo has; raises PhotoTooLarge."""
    limits = photo_cost()
    pixels = width_px * height_px
    if pixels > MAX_PIXELS:
        given = f"{width_px} x {height_px} = {pixels / 1e6:.0f} megapixels"
        allowed = f"at most {MAX_PIXELS // 1_000_000} megapixels"
        raise PhotoTooLarge(f"the photo has {given}; {allowed} are allowed: send a smaller one")
    if max(width_px, height_px) > limits.side_most_px:
        given, allowed = f"{width_px} x {height_px} pixels", f"at most {limits.side_most_px:,} a side"
        raise PhotoTooLarge(f"the photo has {given}; {allowed} are allowed: send a smaller one")


def require_affordable(cost: Cost, kind: str) -> None:
    """Refuse a photo that would take too much memory or work; raises PhotoTooLarge."""
    limits = photo_cost()
    memory, work = cost.memory_bytes / limits.memory_most_bytes, cost.work_ms / limits.work_most_ms
    if max(memory, work) > 1:
        what, times = ("memory", memory) if memory > work else ("work", work)
        raise PhotoTooLarge(
            f"the photo would take {times:.1f} times the {what} that reading one photo may take; "
            f"as {kind} that is too much: send a smaller one or a plain JPEG"
        )
