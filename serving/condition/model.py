"""Grade a device from its photos: find defects, apply the criteria pack, or abstain."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import onnxruntime

from data.condition import (
    MAX_PHOTOS,
    AbstainCode,
    AsFarAsSeen,
    Condition,
    DefectFinding,
    ModelIdentity,
    PhotoCode,
    PhotoFinding,
    PhotoQuality,
)
from data.defect import DefectKind, Grade
from data.device import DeviceClass, Surface, View, most_shown
from data.sizes import KnownSize
from features.photo.perceptual_hash import Imprint, take_imprint
from features.photo.photo import Photo, PhotoError, decode_photo, open_photo
from features.photo.quality import QualityLimits
from serving.computing import computing_sha256
from serving.condition.combine_views import ViewChances, combine
from serving.condition.criteria import House, PackGrade, PossibleDefect
from serving.condition.device_defect import DeviceDefect
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.inference import Contract, Prediction, predict, read_contract
from serving.condition.merge_views import merge
from serving.condition.next_photo import next_photo
from serving.condition.photo_defects import PlacedDefect, to_box
from serving.condition.photo_findings import SideFindings, SidePhoto, find_on_side
from serving.condition.photo_gate import PhotoGate
from serving.condition.rulebook import Rulebook
from serving.release import CONDITION, Release, open_release, open_session
from serving.start_notes import warn
from serving.wording import photo_name

MODEL_NAME = CONDITION
OnRead = Callable[[Sequence[Photo]], None]


class WrongPhotoCount(ValueError):
    """A number of photos, or of views beside them, that a device may not have."""


@dataclass(frozen=True)
class _ExaminedPhoto:
    """One photo on its way to a finding: what was sent, what was measured and what was seen.

    `told` is the view that the photo counts for when it is asked which sides were seen: UNKNOWN for one that
    nobody named and of which the network is not sure.
    """

    index: int
    photo: Photo
    imprint: Imprint
    codes: tuple[PhotoCode, ...]
    prediction: Prediction
    view: View
    told: View
    sha256: str


@dataclass(frozen=True)
class Examination:
    """The condition of a device with each photo as it was read and the network's answers about it."""

    condition: Condition
    photos: tuple[Photo, ...]
    predictions: tuple[Prediction, ...]


class ConditionModel:
    """The released network and the rulebook that grade devices."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        contract: Contract,
        identity: ModelIdentity,
        pack: House,
        limits: QualityLimits,
        rulebook: Rulebook | None = None,
        gate: PhotoGate | None = None,
    ) -> None:
        self._session = session
        self._contract = contract
        self._identity = identity
        self._rules = rulebook or Rulebook.read(house=pack)
        self._gate = gate or PhotoGate(limits, self._rules, contract.device_threshold)
        # Of photos that take much memory one is decoded at a time, however many requests are in hand.
        self._large = threading.Lock()

    @classmethod
    def open(
        cls, release: Release | None = None, *, threads: int = 1, rulebook: Rulebook | None = None
    ) -> "ConditionModel":
        """Open a release, by default the champion, with what ships or an operator's own rulebook.

        Raises BrokenRelease if it was changed or no longer answers as it did. Warns of grades that nothing
        assures, and of checks that can't be made.
        """
        release = release or open_release(MODEL_NAME)
        session = open_session(release, threads=threads)
        contract = read_contract(release.manifest)
        rules = rulebook or Rulebook.read(release.manifest)
        gate = PhotoGate.of(release.manifest, rules, device_threshold=contract.device_threshold)
        warn((*rules.notes, *gate.notes))
        return cls(session, contract, release.identity, rules.house, gate.limits, rules, gate)

    @property
    def identity(self) -> ModelIdentity:
        """Return which model answers."""
        return self._identity

    @cached_property
    def sight(self) -> str:
        """Return the hash of all that decides what is seen in a photo: the network, and how it is asked.

        With what it is computed by is among them: what another machine saw may differ in the last bit, and a
        decision could not be replayed by it.
        """
        asked = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in vars(self._contract).items()
        }
        threads = self._session.get_session_options().intra_op_num_threads
        seen_by = f"{self._identity.sha256} {asked!r} {threads} {computing_sha256()}"
        return hashlib.sha256(seen_by.encode()).hexdigest()

    @property
    def place_thresholds(self) -> dict[DefectKind, float]:
        """Return for each kind the probability from which a map cell belongs to its place."""
        return dict(zip(self._contract.kinds, map(float, self._contract.map_thresholds), strict=True))

    def grade(
        self,
        photos: Sequence[bytes | GivenPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
    ) -> Condition:
        """Grade one device from 1 to MAX_PHOTOS encoded photos of it.

        `views` names what each photo was meant to show, in order; where it is missing or unknown the network
        says. `sku` finds the device's size where an operator's file knows it. The order of the photos changes
        nothing but the order of what is said of each. Raises WrongPhotoCount, and UnreadablePhoto or
        PhotoTooLarge with the photo's index.
        """
        return self.examine(photos, device_class=device_class, views=views, sku=sku).condition

    def examine(
        self,
        photos: Sequence[bytes | GivenPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
        on_read: OnRead | None = None,
    ) -> Examination:
        """Grade one device and keep the photos and the maps for a picture of them.

        `on_read` gets the photos as soon as all are decoded, before the network sees the first.
        """
        _require_count(photos, views)
        given = [one if isinstance(one, GivenPhoto) else GivenPhoto.of(one) for one in photos]
        decoded = self._read(given)
        if on_read:
            on_read(decoded)
        asked = views or [View.UNKNOWN] * len(photos)
        examined = [
            self._look(index, one, photo, view, device_class)
            for index, (one, photo, view) in enumerate(zip(given, decoded, asked, strict=True))
        ]
        examined = self._compare(examined, asked)
        return Examination(
            self._conclude(examined, device_class or _common_class(examined), sku),
            tuple(item.photo for item in examined),
            tuple(item.prediction for item in examined),
        )

    def _read(self, photos: Sequence[GivenPhoto]) -> list[Photo]:
        """Decode all photos, once the headers of each say that it can be afforded."""
        opened = []
        for index, given in enumerate(photos):
            with _named(index):
                opened.append(open_photo(given.body))
        decoded = []
        for index, photo in enumerate(opened):
            with _named(index), self._large if photo.cost.is_large else nullcontext():
                decoded.append(photos[index].known(decode_photo(photo)))
        return decoded

    def _look(
        self, index: int, given: GivenPhoto, photo: Photo, asked: View, device_class: DeviceClass | None
    ) -> _ExaminedPhoto:
        prediction = given.seen or predict(self._session, self._contract, photo.image)
        view = prediction.view if asked is View.UNKNOWN else asked
        told = asked if asked is not View.UNKNOWN else self._told(prediction)
        codes = self._gate.codes(photo, prediction, asked, device_class)
        imprint = take_imprint(photo.image)
        return _ExaminedPhoto(index, photo, imprint, codes, prediction, view, told, given.sha256)

    def _told(self, prediction: Prediction) -> View:
        """Return the view that the network tells of a photo that nobody named.

        A release that states its error by views measured it on photos that were named.
        """
        is_told = not self._rules.calibrated.is_by_views or self._gate.is_sure_of_side(prediction)
        return prediction.view if is_told else View.UNKNOWN

    def _compare(self, examined: Sequence[_ExaminedPhoto], asked: Sequence[View]) -> list[_ExaminedPhoto]:
        """Add what is wrong with the photos beside each other."""
        photos, predictions = [item.photo for item in examined], [item.prediction for item in examined]
        imprints, hashes = [item.imprint for item in examined], [item.sha256 for item in examined]
        codes = self._gate.set_codes(photos, predictions, asked, imprints, hashes)
        return [replace(item, codes=item.codes + more) for item, more in zip(examined, codes, strict=True)]

    def _conclude(
        self, examined: Sequence[_ExaminedPhoto], device_class: DeviceClass | None, sku: str | None
    ) -> Condition:
        """Merge what the photos show, grade it by every pack, and abstain where they do not carry a grade."""
        rules = self._rules
        # By content, so that what is merged does not depend on how the photos were sent.
        ordered = sorted(examined, key=lambda item: (item.sha256, item.view))
        size = rules.sizes.size_of(device_class, sku)
        shown = [self._show(item, device_class, size) for item in ordered if item.prediction.region]
        defects = merge(shown, rules.measuring)
        photos = [ViewChances(item.view, item.prediction.defects, not item.codes) for item in ordered]
        chances = combine(photos, share_of_all=rules.measuring.all_photos_weigh)
        possible = rules.possible(defects, chances)
        spread = size.spread if size else 0.0
        views = _fit_views(examined)
        seen = frozenset(view.surface for view in views)
        graded, standards = rules.grade(possible, seen, size_spread=spread)
        each_photo = [item.prediction.defects for item in examined]
        as_seen = rules.grade_as_seen(possible, views, each_photo, size_spread=spread)
        reasons = self._abstain_reasons(examined, graded, possible, seen, as_seen)
        return Condition(
            grade=None if reasons else Grade(graded.grade),
            grade_probabilities={Grade(grade): chance for grade, chance in graded.probabilities.items()},
            standards={} if reasons else standards,
            abstain_reasons=tuple(reasons),
            deciding_limit=graded.deciding_limit,
            defects=_in_photo_order(defects, shown, spread),
            photos=tuple(_photo_finding(item) for item in examined),
            model=self._identity,
            criteria={name: str(getattr(rules.house, name)) for name in ("name", "version", "sha256")},
            assurance=rules.assurance_for(as_seen),
            as_far_as_seen=as_seen,
            next_photo=next_photo(rules, defects, photos, seen, graded, size_spread=spread),
        )

    def _show(
        self, item: _ExaminedPhoto, device_class: DeviceClass | None, size: KnownSize | None
    ) -> SideFindings:
        width, height = item.photo.width_px, item.photo.height_px
        photo = SidePhoto(item.index, width, height, item.view.surface, item.prediction)
        return find_on_side(photo, self._contract, self._rules, device_class, size)

    def _abstain_reasons(
        self,
        examined: Sequence[_ExaminedPhoto],
        graded: PackGrade,
        possible: Sequence[PossibleDefect],
        seen: frozenset[Surface],
        as_seen: AsFarAsSeen | None,
    ) -> list[str]:
        if not any(item.prediction.region for item in examined):
            code = AbstainCode.NO_DEVICE
            return [f"{code}: no photo shows a device; {code.instruction}"]
        if all(item.codes for item in examined):
            return [f"{item.codes[0]}: {item.codes[0].instruction}" for item in examined]
        dirt = self._rules.dirt(graded, [item.prediction.defects for item in examined])
        unmeasured = self._rules.unmeasured(graded, possible)
        unseen, doubt = self._rules.unseen(graded, seen), self._rules.doubt(graded, as_seen)
        return unseen + dirt + unmeasured + doubt


def _require_count(photos: Sequence[object], views: Sequence[View] | None) -> None:
    if not 1 <= len(photos) <= MAX_PHOTOS:
        raise WrongPhotoCount(f"{len(photos)} photos were given; send 1 to {MAX_PHOTOS} of one device")
    if views is not None and len(views) != len(photos):
        raise WrongPhotoCount(f"{len(views)} views were given for {len(photos)} photos; name one a photo")


@contextmanager
def _named(index: int) -> Iterator[None]:
    """Raise a photo's error with the number of that photo."""
    try:
        yield
    except PhotoError as error:
        raise type(error)(f"{photo_name(index)}: {error}", index) from error


def _common_class(examined: Sequence[_ExaminedPhoto]) -> DeviceClass | None:
    return most_shown([item.prediction.device_class for item in examined if item.prediction.region])


def _fit_views(examined: Sequence[_ExaminedPhoto]) -> list[View]:
    return [item.told for item in examined if item.prediction.region and not item.codes]


def _in_photo_order(
    defects: Sequence[DeviceDefect], shown: Sequence[SideFindings], size_spread: float
) -> tuple[DefectFinding, ...]:
    """Return every finding in the order of the photos, with its group and the doubt of the device's size."""
    group = {id(finding): defect.name for defect in defects for finding in defect.findings}
    found: list[PlacedDefect] = [item for view in shown for item in view.found]
    found.sort(key=lambda item: item.defect.photo)
    return tuple(
        replace(
            item.defect, group=group[id(item.defect)], length_sd_mm=_whole_doubt(item.defect, size_spread)
        )
        for item in found
    )


def _whole_doubt(finding: DefectFinding, size_spread: float) -> float | None:
    if finding.length_mm is None or finding.length_sd_mm is None:
        return None
    return round(float(np.hypot(finding.length_sd_mm, size_spread * finding.length_mm)), 2)


def _photo_finding(item: _ExaminedPhoto) -> PhotoFinding:
    return PhotoFinding(
        index=item.index,
        quality=PhotoQuality(not item.codes, item.codes, tuple(code.instruction for code in item.codes)),
        device_found=item.prediction.region is not None,
        device_class=item.prediction.device_class,
        view=item.view,
        box=to_box(item.prediction.region) if item.prediction.region else None,
        defect_probabilities=item.prediction.defects,
        perceptual_hash=item.imprint.text,
    )
