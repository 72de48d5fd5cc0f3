"""Judge a device from its photos: look, find defects, apply the criteria pack, or abstain."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import onnxruntime

from data.condition import (
    Condition,
    DefectFinding,
    ModelIdentity,
    PhotoCode,
    PhotoFinding,
    PhotoQuality,
)
from data.defect import Grade
from data.device import TYPICAL_DIMENSIONS, DeviceClass, Surface, View
from features.perceptual_hash import find_duplicates, perceptual_hash
from features.photo import Photo, PhotoError, read_photo
from features.quality import QualityLimits, measure_quality, quality_codes, quality_limits
from serving.criteria import Pack, Suspect, Verdict, judge, read_pack
from serving.finding import Scene, find_defects, to_box
from serving.release import Release, open_release, open_session
from serving.sight import Contract, Sight, look, read_contract

MODEL_NAME = "condition"
MAX_PHOTOS = 12


class WrongPhotoCount(ValueError):
    """The number of photos, or of views beside them, is not what a device may have."""


@dataclass(frozen=True)
class _Look:
    """One photo on its way to a finding: what was sent, what was measured and what was seen."""

    photo: Photo
    codes: tuple[PhotoCode, ...]
    sight: Sight
    view: View


@dataclass(frozen=True)
class Examination:
    """The condition of a device with what led to it: each photo as it was read, and what was seen in it."""

    condition: Condition
    photos: tuple[Photo, ...]
    sights: tuple[Sight, ...]


class ConditionModel:
    """Grade devices with one released network and one criteria pack."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        contract: Contract,
        identity: ModelIdentity,
        pack: Pack,
        limits: QualityLimits,
    ) -> None:
        self._session = session
        self._contract = contract
        self._identity = identity
        self._pack = pack
        self._limits = limits

    @classmethod
    def open(cls, release: Release | None = None, *, threads: int = 1) -> "ConditionModel":
        """Open a release, by default the champion.

        Raises BrokenRelease if it was changed or no longer answers as it did.
        """
        release = release or open_release(MODEL_NAME)
        session = open_session(release, threads=threads)
        contract = read_contract(release.manifest)
        return cls(session, contract, release.identity, read_pack(), quality_limits())

    @property
    def identity(self) -> ModelIdentity:
        """Return which model answers."""
        return self._identity

    def grade(
        self,
        photos: Sequence[bytes],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
    ) -> Condition:
        """Grade one device from 1 to MAX_PHOTOS encoded photos of it.

        `views` names what each photo was meant to show, in order; where it is missing or unknown the network
        says. Raises WrongPhotoCount, and UnreadablePhoto or PhotoTooLarge with the photo's index.
        """
        return self.examine(photos, device_class=device_class, views=views).condition

    def examine(
        self,
        photos: Sequence[bytes],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
    ) -> Examination:
        """Grade one device as `grade` does, and keep the photos and the maps for a picture of them."""
        _require_count(photos, views)
        decoded = [_read(index, body) for index, body in enumerate(photos)]
        given = views or [View.UNKNOWN] * len(photos)
        looks = [self._look(photo, view) for photo, view in zip(decoded, given, strict=True)]
        looks = self._mark_duplicates(looks, photos)
        device_class = device_class or _common_class(looks)
        defects = [
            defect for index, item in enumerate(looks) for defect in self._defects(index, item, device_class)
        ]
        verdict = judge(self._pack, self._suspects(looks, defects), _seen(looks))
        reasons = self._abstain_reasons(looks, verdict)
        condition = Condition(
            grade=None if reasons else verdict.grade,
            grade_probabilities=verdict.probabilities,
            standards={} if reasons else self._standards(verdict.grade),
            abstain_reasons=tuple(reasons),
            deciding_limit=verdict.deciding_limit,
            defects=tuple(defects),
            photos=tuple(_photo_finding(index, item) for index, item in enumerate(looks)),
            model=self._identity,
            criteria={"name": self._pack.name, "version": self._pack.version, "sha256": self._pack.sha256},
        )
        return Examination(
            condition, tuple(item.photo for item in looks), tuple(item.sight for item in looks)
        )

    def _look(self, photo: Photo, given: View) -> _Look:
        sight = look(self._session, self._contract, photo.pixels)
        codes = quality_codes(measure_quality(photo), self._limits) + self._framing_codes(sight)
        return _Look(photo, codes, sight, sight.view if given is View.UNKNOWN else given)

    def _mark_duplicates(self, looks: Sequence[_Look], photos: Sequence[bytes]) -> list[_Look]:
        """Give every photo but the largest of one picture its code."""
        ranks = [
            (item.photo.width_px * item.photo.height_px, hashlib.sha256(body).hexdigest())
            for item, body in zip(looks, photos, strict=True)
        ]
        found = find_duplicates([item.photo.pixels for item in looks], ranks, self._limits.likeness)
        return [
            replace(item, codes=(*item.codes, PhotoCode.DUPLICATE)) if index in found else item
            for index, item in enumerate(looks)
        ]

    def _framing_codes(self, sight: Sight) -> tuple[PhotoCode, ...]:
        if sight.region is None:
            return (PhotoCode.NO_DEVICE,)
        area = (sight.region.right - sight.region.left) * (sight.region.bottom - sight.region.top)
        return (PhotoCode.TOO_FAR,) if area < self._limits.device_area_min else ()

    def _defects(self, index: int, item: _Look, device_class: DeviceClass | None) -> list[DefectFinding]:
        if item.sight.region is None:
            return []
        scene = Scene(
            photo=index,
            sight=item.sight,
            surface=item.view.surface,
            width_px=item.photo.width_px,
            height_px=item.photo.height_px,
            dimensions=TYPICAL_DIMENSIONS[device_class] if device_class else None,
        )
        return find_defects(scene, self._contract, self._pack)

    def _suspects(self, looks: Sequence[_Look], defects: Sequence[DefectFinding]) -> list[Suspect]:
        """Return what was found once a surface (in the photo that shows most), and what may be there."""
        suspects = []
        for surface in sorted({item.view.surface for item in looks}):
            indices = [index for index, item in enumerate(looks) if item.view.surface is surface]
            for kind in self._pack.limits:
                shown = [[d for d in defects if d.kind is kind and d.photo == index] for index in indices]
                found = max(
                    shown, key=lambda group: (len(group), max((d.probability for d in group), default=0))
                )
                if found:
                    suspects += [Suspect(kind, surface, d.probability, d.length_mm, True) for d in found]
                else:
                    chance = max(looks[index].sight.defects[kind] for index in indices)
                    suspects.append(Suspect(kind, surface, chance, None, False))
        return suspects

    def _abstain_reasons(self, looks: Sequence[_Look], verdict: Verdict) -> list[str]:
        if not any(item.sight.region for item in looks):
            return [
                "no_device: no photo shows a device; put it in the middle of the picture and take it again"
            ]
        if all(item.codes for item in looks):
            return [f"{item.codes[0]}: {item.codes[0].instruction}" for item in looks]
        reasons = []
        if verdict.grade.rank < Grade.D.rank:
            reasons += self._dirt_reasons(looks)
        chance = verdict.probabilities[verdict.grade]
        if chance < self._pack.abstain_below:
            reasons.append(
                f"uncertain: grade {verdict.grade} has probability {chance:.2f}, "
                f"at least {self._pack.abstain_below:.2f} is needed; take more views or ask a person"
            )
        return reasons

    def _dirt_reasons(self, looks: Sequence[_Look]) -> list[str]:
        return [
            f"clean_and_retake: {kind} on photo {index}; wipe the device and take the photo again"
            for index, item in enumerate(looks)
            for kind, probability in item.sight.defects.items()
            if kind.is_dirt and probability >= self._pack.dirt_asks_retake_at
        ]

    def _standards(self, grade: Grade) -> dict[str, str]:
        return {scale: names[grade] for scale, names in self._pack.crosswalk.items()}


def _require_count(photos: Sequence[bytes], views: Sequence[View] | None) -> None:
    if not 1 <= len(photos) <= MAX_PHOTOS:
        raise WrongPhotoCount(f"{len(photos)} photos were given; send 1 to {MAX_PHOTOS} of one device")
    if views is not None and len(views) != len(photos):
        raise WrongPhotoCount(f"{len(views)} views were given for {len(photos)} photos; name one a photo")


def _read(index: int, body: bytes) -> Photo:
    try:
        return read_photo(body)
    except PhotoError as error:
        raise type(error)(f"photo {index}: {error}", index) from error


def _common_class(looks: Sequence[_Look]) -> DeviceClass | None:
    """Return the class that most photos show; a draw goes by the order of DeviceClass, not of the photos."""
    shown = [item.sight.device_class for item in looks if item.sight.region]
    return max((known for known in DeviceClass if known in shown), key=shown.count, default=None)


def _seen(looks: Sequence[_Look]) -> frozenset[Surface]:
    return frozenset(item.view.surface for item in looks if item.sight.region and not item.codes)


def _photo_finding(index: int, item: _Look) -> PhotoFinding:
    return PhotoFinding(
        index=index,
        quality=PhotoQuality(not item.codes, item.codes, tuple(code.instruction for code in item.codes)),
        device_found=item.sight.region is not None,
        device_class=item.sight.device_class,
        view=item.view,
        box=to_box(item.sight.region) if item.sight.region else None,
        defect_probabilities=item.sight.defects,
        perceptual_hash=perceptual_hash(item.photo.pixels),
    )
