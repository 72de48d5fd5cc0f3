"""Count which known faults of drawn photos the photo gate finds, and which usable photos it refuses."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from data.condition import PhotoCode, PhotoFinding
from serving.condition.model import ConditionModel
from training.condition.measure.graded_photos import GradedPhoto, to_jpeg
from training.condition.measure.spoil import OTHER_SIDE, VIEWS, Spoiling, Spoilt, draw_spoilt, read_spoiling
from training.metrics.figure import Share

SEED = 1
_SENT_AGAIN_QUALITY = 60
_HOLE_BYTES = 4096  # a page of a disk or of memory


@dataclass(frozen=True)
class Gated:
    """One drawn photo: the fault it was given, how grossly, and the codes that the gate gave it."""

    fault: PhotoCode | None
    level: float | None
    codes: frozenset[PhotoCode]


def gate_drawn(model: ConditionModel, devices: int, spoiling: Spoiling | None = None) -> list[Gated]:
    """Spoil a photo of each of so many drawn devices in every way, and send it through serving."""
    spoiling = spoiling or read_spoiling()
    gated: list[Gated] = []
    for number in tqdm(range(devices), desc="photo gate", mininterval=5.0):
        photos = list(draw_spoilt(number, spoiling, seed=SEED))
        gated += _gate_spoilt(model, photos)
        gated += _gate_sets(model, photos[0], spoiling)
        gated += _gate_lost(model, photos[0])
    return gated


def gate_report(
    gated: Sequence[Gated], scored: Sequence[GradedPhoto], spoiling: Spoiling | None = None
) -> dict[str, Any]:
    """Return which share of each fault and level is caught, and which codes usable photos of each source get.

    Usable is a photo that shows one device and is no smaller than the gate's own limit; photos below it are
    counted as too small, which needs no truth.
    """
    spoiling = spoiling or read_spoiling()
    tidy = [item.codes for item in gated if item.fault is None]
    real = [row for row in scored if not row.is_drawn and row.device_class not in {None, "none"}]
    sources = sorted({_source(row) for row in real})
    return {
        "spoiling": spoiling.version,
        "caught": [line for code in PhotoCode for line in _caught(code, gated, spoiling)],
        "refused": [
            *[
                _refused(source, [_codes(row) for row in real if _source(row) == source])
                for source in sources
            ],
            _refused("real, all", [_codes(row) for row in real]),
            _refused("drawn, tidy", tidy),
            _refused("drawn, as they come", [_codes(row) for row in scored if row.is_drawn]),
        ],
    }


def _gate_spoilt(model: ConditionModel, photos: Iterable[Spoilt]) -> Iterator[Gated]:
    for photo in photos:
        # A return says of what class its device is; the gate needs it to tell a tilt.
        body, told = to_jpeg(photo.pixels), photo.device_class
        condition = model.grade([body], views=[photo.asked], device_class=told)
        yield Gated(photo.code, photo.level, frozenset(condition.photos[0].quality.codes))


def _gate_sets(model: ConditionModel, first: Spoilt, spoiling: Spoiling) -> Iterator[Gated]:
    """Send one picture twice, and two pictures of one side where both sides were asked for."""
    second = next(draw_spoilt(first.number + len(VIEWS), spoiling, seed=SEED + 1))
    body = to_jpeg(first.pixels)
    twice = model.grade([body, to_jpeg(first.pixels, quality=_SENT_AGAIN_QUALITY)], views=[first.view] * 2)
    yield Gated(PhotoCode.DUPLICATE, None, _all_codes(twice.photos))
    views = [first.view, OTHER_SIDE[first.view]]
    alike = model.grade([body, to_jpeg(second.pixels)], views=views)
    yield Gated(PhotoCode.DUPLICATE_VIEW, None, _all_codes(alike.photos))


def _gate_lost(model: ConditionModel, first: Spoilt) -> Iterator[Gated]:
    """Send a picture of whose file a piece in the middle was lost."""
    body = to_jpeg(first.pixels)
    hole = range(len(body) // 2, len(body) // 2 + min(_HOLE_BYTES, len(body) // 4))
    condition = model.grade([body[: hole.start] + bytes(len(hole)) + body[hole.stop :]], views=[first.view])
    yield Gated(PhotoCode.PART_LOST, None, _all_codes(condition.photos))


def _all_codes(photos: Sequence[PhotoFinding]) -> frozenset[PhotoCode]:
    return frozenset(code for photo in photos for code in photo.quality.codes)


def _caught(code: PhotoCode, gated: Sequence[Gated], spoiling: Spoiling) -> Iterator[dict[str, Any]]:
    unit = spoiling.faults[code].unit if code in spoiling.faults else ""
    levels = sorted({item.level for item in gated if item.fault is code}, key=lambda level: level or 0.0)
    for level in levels:
        rows = [item for item in gated if item.fault is code and item.level == level]
        yield {
            "code": code,
            "level": level,
            "unit": unit,
            "caught": Share(sum(code in row.codes for row in rows), len(rows)).to_json(),
            "refused": Share(sum(bool(row.codes) for row in rows), len(rows)).to_json(),
        }


def _refused(source: str, codes: Sequence[frozenset[PhotoCode]]) -> dict[str, Any]:
    small = [each for each in codes if PhotoCode.TOO_SMALL in each]
    usable = [each for each in codes if PhotoCode.TOO_SMALL not in each]
    return {
        "source": source,
        "too_small": Share(len(small), len(codes)).to_json(),
        "refused": Share(sum(bool(each) for each in usable), len(usable)).to_json(),
        "codes": {code: sum(code in each for each in usable) for code in PhotoCode},
    }


def _codes(row: GradedPhoto) -> frozenset[PhotoCode]:
    return frozenset(row.condition.photos[0].quality.codes)


def _source(row: GradedPhoto) -> str:
    return f"{row.folder}/{row.source}"
