"""Study whether the photo of another unit is ever taken for one that was used, and whether copies are known.

Units of one model are drawn one after the other on the place where a station photographs them, set down by
hand or by a guide rail, most with a dark screen. Whatever two photos the service would take for one picture,
by the hash of their pixels or by their likeness, is counted; copies are made of the same photos. Drawn photos
are simulated. Photos of a labelled set, where one is given, are compared each with each other of another
group, whether they would be filed together or not.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image

from data.device import DeviceClass, View
from data.drawing.photos import Scene, draw_scene, draw_shot, render
from data.labelled.photo_set import LabelledPhoto, read_photo_set
from data.strict import Frozen
from data.versioned_file import read_yaml
from features.photo.likeness.likeness import Likeness, agreements, is_one_picture, take_likeness
from features.photo.photo import read_photo
from training.metrics.figure import Share

_SETTINGS = Path(__file__).parent / "photo_memory.yaml"


class Copying(Frozen):
    """One way of making a copy: the quality of its JPEG, and its size against the photo's."""

    quality: int
    scale: float

    def __str__(self) -> str:
        size = "" if self.scale == 1 else f" at {self.scale:.0%} of the size"
        return f"JPEG {self.quality}{size}"

    def made_of(self, photo: Image.Image) -> Image.Image:
        """Return a copy of a photo."""
        body = io.BytesIO()
        size = (round(photo.width * self.scale), round(photo.height * self.scale))
        photo.resize(size, Image.Resampling.LANCZOS).save(body, "JPEG", quality=self.quality)
        return read_photo(body.getvalue()).image


class StationSettings(Frozen):
    """The entries of photo_memory.yaml, explained there."""

    version: int
    seed: int
    stations: int
    units: int
    long_side_px: int
    views: tuple[View, ...]
    device_classes: tuple[DeviceClass, ...]
    turned_sd_rad: float
    tilted_sd_rad: float
    moved_sd: float
    nearer_sd: float
    guided_share: float
    copies: tuple[Copying, ...]


def study_photo_memory(
    *, stations: int | None = None, seed: int | None = None, photos: Path | None = None
) -> Iterator[str]:
    """Yield a line about pairs of different units, and one about each kind of copy."""
    settings = read_yaml(_SETTINGS, StationSettings)
    given = {"stations": stations, "seed": seed}
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    pairs, found = 0, 0
    known = {str(way): [0, 0] for way in settings.copies}
    for number in range(settings.stations):
        pictures = _photos_at(number, settings)
        likenesses = [take_likeness(picture) for picture in pictures]
        one, more = _mistaken(likenesses)
        pairs, found = pairs + more, found + one
        for way in settings.copies:
            copied = take_likeness(way.made_of(pictures[0]))
            known[str(way)][0] += _is_known(likenesses[0], copied)
            known[str(way)][1] += 1
    yield f"different units of one model at one station, drawn: taken for one {_told(found, pairs)}"
    for name, (hits, n) in known.items():
        yield f"copies, {name}, of drawn photos: known again {_told(hits, n)}"
    if photos is not None:
        yield from _real_pairs(read_photo_set(photos))


def _photos_at(station: int, settings: StationSettings) -> list[Image.Image]:
    """Draw the photos of several units of one model that a station takes one after the other."""
    rng = np.random.default_rng([settings.seed, station])
    view = settings.views[int(rng.integers(len(settings.views)))]
    device_class = settings.device_classes[int(rng.integers(len(settings.device_classes)))]
    scene, shown = draw_scene(rng, device_class=device_class, view=view, kinds=())
    shot = draw_shot(rng, scene.device, shown, long_side_px=settings.long_side_px)
    # Every other station has a guide rail, where units lie almost alike.
    care = settings.guided_share if station % 2 else 1.0
    photos = []
    for _ in range(settings.units):
        moved, turned, tilted, nearer = (
            rng.normal(0, sd * care, 2)
            for sd in (settings.moved_sd, settings.turned_sd_rad, settings.tilted_sd_rad, settings.nearer_sd)
        )
        pose = replace(
            shot.pose,
            centre_x=shot.pose.centre_x + float(moved[0]),
            centre_y=shot.pose.centre_y + float(moved[1]),
            roll_rad=shot.pose.roll_rad + float(turned[0]),
            pitch_rad=shot.pose.pitch_rad + float(tilted[0]),
            yaw_rad=shot.pose.yaw_rad + float(tilted[1]),
            filling=shot.pose.filling * (1 + float(nearer[0])),
        )
        unit = replace(scene.device, seed=int(rng.integers(2**31)))
        camera = replace(shot.camera, seed=int(rng.integers(2**31)))
        taken = render(Scene(unit), replace(shot, pose=pose, camera=camera))
        photos.append(Image.fromarray(taken.pixels))
    return photos


def _mistaken(likenesses: Sequence[Likeness]) -> tuple[int, int]:
    """Return how many pairs would be taken for one picture, filed together or not, and how many there are."""
    pairs = list(combinations(likenesses, 2))
    return sum(is_one_picture(agreements(one, [other])[0]) for one, other in pairs), len(pairs)


def _is_known(kept: Likeness, copied: Likeness) -> bool:
    """Return whether a copy is found beside its photo and told to be one with it."""
    return bool({*kept.marks} & {*copied.marks}) and is_one_picture(agreements(kept, [copied])[0])


def _real_pairs(photos: Sequence[LabelledPhoto]) -> Iterator[str]:
    taken = [(photo.group, take_likeness(read_photo(photo.path.read_bytes()).image)) for photo in photos]
    found = pairs = 0
    for at, (group, likeness) in enumerate(taken):
        others = [other for of_group, other in taken[:at] if of_group != group]
        pairs += len(others)
        found += sum(map(is_one_picture, agreements(likeness, others)))
    yield f"photos of different groups, real: taken for one {_told(found, pairs)}"


def _told(hits: int, n: int) -> str:
    share = Share(hits, n)
    low, high = share.interval
    return f"{hits:,} of {n:,} ({share.value or 0.0:.3%}, 95 % interval {low:.3%} to {high:.3%})"
