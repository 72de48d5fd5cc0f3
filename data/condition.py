"""Define the condition of a device: its defects, its grade, and what could not be judged."""

from dataclasses import dataclass, field
from enum import StrEnum

from data.defect import DefectKind, Grade, Severity
from data.device import LARGE_SURFACES, DeviceClass, Surface, View, large_sides

MAX_PHOTOS = 12
"""Photos that one device may have."""


@dataclass(frozen=True)
class ModelIdentity:
    """Which released model answered; sha256 is the hash of its ONNX file."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Box:
    """A rectangle in fractions of the upright photo, from its top left corner."""

    left: float
    top: float
    width: float
    height: float


class PhotoCode(StrEnum):
    """The faults of a photo; each code has one instruction for the operator."""

    TOO_SMALL = "too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    LOW_CONTRAST = "low_contrast"
    BLURRED = "blurred"
    GLARE = "glare"
    NO_DEVICE = "no_device"
    CUT_OFF = "cut_off"
    TOO_FAR = "too_far"
    TILTED = "tilted"
    WRONG_SIDE = "wrong_side"
    DUPLICATE = "duplicate"
    DUPLICATE_VIEW = "duplicate_view"
    PART_LOST = "part_lost"

    @property
    def instruction(self) -> str:
        """Return in one line what the operator should do about the fault."""
        return _INSTRUCTIONS[self]


_INSTRUCTIONS = {
    PhotoCode.TOO_SMALL: "Send the original photo: at least 400 pixels on the short side.",
    PhotoCode.TOO_DARK: "Add light (500 to 1,000 lux, diffuse) and take the photo again.",
    PhotoCode.TOO_BRIGHT: "Lower the exposure or move the lamp, and take the photo again.",
    PhotoCode.LOW_CONTRAST: "Wipe the lens, avoid haze and stray light, and take the photo again.",
    PhotoCode.BLURRED: "Hold the camera still, let it focus on the device, and take the photo again.",
    PhotoCode.GLARE: "Turn the device or move the lamp so that no reflection hides it, and take it again.",
    PhotoCode.NO_DEVICE: "Put the device in the middle of the picture and take the photo again.",
    PhotoCode.CUT_OFF: "Step back until the whole device is in the picture.",
    PhotoCode.TOO_FAR: "Go closer: the device should fill at least half of the picture.",
    PhotoCode.TILTED: "Hold the camera straight above the device, and take the photo again.",
    PhotoCode.WRONG_SIDE: "Another side was asked for: turn the device over, or correct the view.",
    PhotoCode.DUPLICATE: "This is the same picture twice: send each view once.",
    PhotoCode.DUPLICATE_VIEW: "Another photo shows this side already: take the side that is still missing.",
    PhotoCode.PART_LOST: "Part of the file was lost on its way: send it again, or take the photo again.",
}


@dataclass(frozen=True)
class PhotoQuality:
    """Whether a photo can be judged, and the codes that say why not."""

    ok: bool
    codes: tuple[PhotoCode, ...]
    instructions: tuple[str, ...]


class AbstainCode(StrEnum):
    """The reasons to give no grade; each reason of an answer begins with one of these or a photo's code."""

    NO_DEVICE = "no_device"
    FACE_NOT_SEEN = "face_not_seen"
    CLEAN_AND_RETAKE = "clean_and_retake"
    SIZE_NOT_MEASURED = "size_not_measured"
    UNCERTAIN = "uncertain"
    NOT_ASSURED = "not_assured"

    @property
    def instruction(self) -> str:
        """Return in one line what the operator should do about the reason."""
        return _ABSTAIN_INSTRUCTIONS[self]


_ABSTAIN_INSTRUCTIONS = {
    AbstainCode.NO_DEVICE: "put the device in the middle of the picture and take it again",
    AbstainCode.FACE_NOT_SEEN: "take one photo of the front and one of the back",
    AbstainCode.CLEAN_AND_RETAKE: "wipe the device and take the photo again",
    AbstainCode.SIZE_NOT_MEASURED: "take another photo of that side, square on and filling the picture",
    AbstainCode.UNCERTAIN: "take more views or ask a person",
    AbstainCode.NOT_ASSURED: "ask a person",
}


@dataclass(frozen=True)
class DefectFinding:
    """One defect on one photo; length and area are on the device and None when they can't be measured.

    `length_sd_mm` is the standard deviation of the length. Findings of one `group` are one defect seen in
    several photos, which the grade counts once.
    """

    kind: DefectKind
    surface: Surface
    photo: int
    probability: float
    box: Box
    severity: Severity
    length_mm: float | None
    area_mm2: float | None
    length_sd_mm: float | None = None
    group: str | None = None


@dataclass(frozen=True)
class PhotoFinding:
    """The finding of one photo.

    `perceptual_hash`: 64 bits in hexadecimal that nearly stay when the photo is re-encoded or resized.
    """

    index: int
    quality: PhotoQuality
    device_found: bool
    device_class: DeviceClass | None
    view: View
    box: Box | None
    defect_probabilities: dict[DefectKind, float]
    perceptual_hash: str | None = None


@dataclass(frozen=True)
class Standing:
    """The grade of a device on another scale, by that scale's criteria pack, and the limit that decided."""

    grade: str
    deciding_limit: str
    version: str


@dataclass(frozen=True)
class Assurance:
    """The least probability of a grade without a person, and the error that was measured with it.

    With `confidence`, at most `over_graded_at_most` of the devices decided so are graded better than they
    are, and at most `under_graded_at_most` worse; None in decisions that earlier versions kept.
    """

    least_probability: float
    over_graded_at_most: float | None = None
    under_graded_at_most: float | None = None
    confidence: float | None = None
    devices: int | None = None
    measured_on: str | None = None


@dataclass(frozen=True)
class AsFarAsSeen:
    """The grade that a device's photos support as far as they show it, whatever the rest may hide.

    `probability` is that of this grade or a better one by what is seen; of a grade worse than one unseen
    face allows, that of this grade or a worse one where that is less. `views` are those of the photos that
    carry it. `needs_person` is False only where `assurance` bounds the error of such grades for photos of
    the same sides, at least as many, and nothing else asks for a person.
    """

    grade: Grade
    probability: float
    needs_person: bool
    views: tuple[View, ...]
    assurance: Assurance | None = None

    @property
    def is_assured(self) -> bool:
        """Return whether the grade may stand without a person."""
        return not self.needs_person and self.assurance is not None

    @property
    def missing_faces(self) -> tuple[Surface, ...]:
        """Return which of front and back no photo that carries the grade shows."""
        seen = large_sides(self.views)
        return tuple(face for face in LARGE_SURFACES if face not in seen)


@dataclass(frozen=True)
class NextPhoto:
    """The photo of a device to take next: its view, and by how many grades the expected grade may rise.

    The gain is that of a photo which shows no new damage.
    """

    view: View
    gain: float


@dataclass(frozen=True)
class Condition:
    """The condition of one device from all its photos; `grade` is None when Regrade abstains.

    `standards` holds the other scales by name; decisions kept by earlier versions hold the grade alone.
    `assurance` is None where no measured error holds for the rules in use: then `grade` is None too.
    `as_far_as_seen` is None where no photo that can be judged shows a device, and in decisions that earlier
    versions kept. `next_photo` is None where no further photo would better the grade.
    """

    grade: Grade | None
    grade_probabilities: dict[Grade, float]
    standards: dict[str, Standing | str]
    abstain_reasons: tuple[str, ...]
    deciding_limit: str
    defects: tuple[DefectFinding, ...]
    photos: tuple[PhotoFinding, ...]
    model: ModelIdentity
    criteria: dict[str, str] = field(default_factory=dict)
    assurance: Assurance | None = None
    as_far_as_seen: AsFarAsSeen | None = None
    next_photo: NextPhoto | None = None

    @property
    def decides_as_seen(self) -> AsFarAsSeen | None:
        """Return the grade as far as seen where it stands for a grade that is not given; else None."""
        seen = self.as_far_as_seen
        return seen if self.grade is None and seen is not None and seen.is_assured else None

    @property
    def deciding_grade(self) -> Grade | None:
        """Return the grade by which something may be decided without a person; None where none may.

        Of a grade as far as seen, what the missing faces close is for whoever decides by it to heed.
        """
        return self.decides_as_seen.grade if self.decides_as_seen else self.grade

    def probability(self, kind: DefectKind) -> float:
        """Return the highest probability of one defect over all photos, 0 to 1."""
        return max((photo.defect_probabilities.get(kind, 0.0) for photo in self.photos), default=0.0)
