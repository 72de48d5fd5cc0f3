"""Run the exported network on validation photos and keep its raw answers beside the truth."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image
from tqdm import tqdm

from data.defect import DefectKind, Severity
from data.drawing.damage.drawable import drawable
from data.drawing.photos import DrawnPhoto
from data.drawing.surface.raster import Mask
from data.labelled.photo_set import LabelledPhoto
from features.photo.photo import Frame, read_photo
from serving.condition.inference import Contract, TwoLooks, look_closer, read_looks
from serving.condition.photo_defects import place_strength
from training.condition.labels.eye_labels import known_kinds, seen_by_eye
from training.condition.lines.side_belief import SideAnswer, side_answer
from training.condition.settings import ConditionSettings

DETAIL_SHARES = (0.0, 0.5, 1.0)
MAP_THRESHOLDS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True)
class DrawnLength:
    """One drawn defect: its severity, and the length on the device in mm of what the photo shows of it."""

    kind: DefectKind
    severity: Severity
    length_mm: float


@dataclass(frozen=True)
class RawLook:
    """One validation photo: its known labels, (2, kinds) logits, and how well the map finds its defects.

    `overlaps` holds, for each defect whose place is known, (shares, thresholds) intersection over union of
    the map's cells, for DETAIL_SHARES and MAP_THRESHOLDS, and `strengths` (shares,) how strong the map is
    there. `could_show` are the kinds that a photo of such a side can show at all: not a dent in a glass
    front, nor a fault of a display that is off. Photos of one device have one `group`. `drawn` are the
    defects that a drawn photo shows: of a real one nobody knows how long they are. `side` is what was seen of
    a side that was settled by eye. One that `is_graded` shows a device, as serving sees it.
    """

    labels: dict[DefectKind, bool]
    could_show: frozenset[DefectKind]
    logits: npt.NDArray[np.float64]
    is_drawn: bool
    overlaps: dict[DefectKind, npt.NDArray[np.float64]]
    strengths: dict[DefectKind, npt.NDArray[np.float64]]
    group: str
    drawn: tuple[DrawnLength, ...] = ()
    side: SideAnswer | None = None
    is_graded: bool = True


def look_at_real(
    session: onnxruntime.InferenceSession,
    contract: Contract,
    photos: Sequence[LabelledPhoto],
    settings: ConditionSettings,
) -> Iterator[RawLook]:
    """Yield the raw answers about labelled photos, with what was seen on them by eye.

    `settings` adds what their sources are known to be free of.
    """
    for photo in tqdm(photos, desc="looking at real photos", mininterval=5.0):
        rule = settings.rule(photo.folder, photo.source)
        body = photo.path.read_bytes()
        seen = seen_by_eye(body)
        told, known = (
            known_kinds(photo.labels, seen),
            known_kinds(photo.labels, seen, rule.clean_of if rule else ()),
        )
        looks = look_closer(session, contract, read_photo(body).image)
        answer = read_looks(looks, contract)
        yield RawLook(
            known,
            frozenset(told),
            looks.logits,
            False,
            {},
            {},
            photo.group,
            side=side_answer(answer, seen),
            is_graded=answer.region is not None,
        )


def look_at_drawn(
    session: onnxruntime.InferenceSession, contract: Contract, photos: Iterable[DrawnPhoto]
) -> Iterator[RawLook]:
    """Yield the raw answers about drawn photos, whose every pixel is known."""
    for index, photo in enumerate(tqdm(photos, desc="looking at drawn photos", mininterval=5.0)):
        looks = look_closer(session, contract, Image.fromarray(photo.pixels))
        could_show = frozenset(drawable(photo.device_class, photo.view))
        places = _places(looks, contract, photo)
        drawn = tuple(DrawnLength(one.kind, one.severity, one.length_mm) for one in photo.defects)
        yield RawLook(photo.labels, could_show, looks.logits, True, *places, f"drawn-{index}", drawn)


def mask_cells(mask: Mask, frame: Frame, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which of the map's (H/8, W/8) cells over a frame hold any of a photo's (H, W) mask."""
    height, width = mask.shape
    step_x = frame.fraction_per_px_x * width * (frame.pixels.shape[1] / shape[1])
    step_y = frame.fraction_per_px_y * height * (frame.pixels.shape[0] / shape[0])
    rows, columns = np.nonzero(mask > 127)
    y = np.floor((rows + 0.5 - frame.top * height) / step_y).astype(int)
    x = np.floor((columns + 0.5 - frame.left * width) / step_x).astype(int)
    within = (y >= 0) & (x >= 0) & (y < shape[0]) & (x < shape[1])
    cells = np.zeros(shape, bool)
    cells[y[within], x[within]] = True
    # A mask coarser than the cells leaves holes between its pixels.
    return np.asarray(cv2.morphologyEx(cells.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3))), bool)


def cell_overlap(found: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    """Return intersection over union of two sets of cells."""
    return float((found & truth).sum() / max((found | truth).sum(), 1))


def _places(
    looks: TwoLooks, contract: Contract, photo: DrawnPhoto
) -> tuple[dict[DefectKind, npt.NDArray[np.float64]], dict[DefectKind, npt.NDArray[np.float64]]]:
    """Return how well the map finds each kind that is there, and how strong it is at its true place."""
    shares = [np.full(len(contract.kinds), share, np.float32) for share in DETAIL_SHARES]
    maps = [looks.map(share, contract.device_detail_share) for share in shares]
    overlaps, strengths = {}, {}
    for kind in {defect.kind for defect in photo.defects}:
        channels = [each[contract.kinds.index(kind)] for each in maps]
        truth = mask_cells(photo.mask(kind), looks.detail_frame, channels[0].shape)
        overlaps[kind] = np.array([[cell_overlap(c > at, truth) for at in MAP_THRESHOLDS] for c in channels])
        strengths[kind] = np.array(
            [place_strength(channel[truth], contract.strongest_cells) for channel in channels]
        )
    return overlaps, strengths
