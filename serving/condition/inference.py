"""Run the condition network on one photo: on the whole, then on the device found there, then on its detail.

The second and third look, the same device at two scales, answer for the defects, each with a calibrated line
of its own: a crack through the frame is seen best from afar, a hairline only from near, and a defect is there
unless both looks miss it. Class and view come from the second look. A photo is run alone, so its answer never
depends on what else was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image
from scipy import ndimage
from scipy.special import softmax

from data.defect import DefectKind
from data.device import DeviceClass, View
from features.photo.photo import WHOLE, Frame, Region, cut_frame
from serving.condition.inference_rules import read_inference
from serving.release import BrokenRelease

Logits = npt.NDArray[np.float32]

_LOOKS = ("device", "detail")


@dataclass(frozen=True)
class Contract:
    """The inputs and outputs of the released network, from its manifest.

    `slope` and `intercept` are (2, kinds), for the device and for its detail; `detail_share` is (kinds,), how
    much of a place on the map is taken from the detail; `map_thresholds` is (kinds,), from which a cell
    belongs to a defect; `sure_strengths` is (kinds,), from which strength of its cells on a place is as
    sure as the photo. inference-1.yaml explains the last four.
    """

    whole_px: int
    device_px: int
    detail_px: int
    kinds: tuple[DefectKind, ...]
    classes: tuple[DeviceClass | None, ...]
    views: tuple[View, ...]
    slope: npt.NDArray[np.float64]
    intercept: npt.NDArray[np.float64]
    thresholds: dict[DefectKind, float]
    detail_share: npt.NDArray[np.float32]
    map_thresholds: npt.NDArray[np.float32]
    sure_strengths: npt.NDArray[np.float32]
    device_threshold: float
    device_margin: float
    none_from: float
    present_cells: int
    device_detail_share: float
    strongest_cells: int


@dataclass(frozen=True)
class Prediction:
    """The answers of the network about one photo.

    `defects` are calibrated probabilities; `map` is (kinds + 1, H/8, W/8) probabilities over `frame`, its
    last channel the device; `region` is the device's place in the photo, None where no device was found.
    `view` is the likeliest of `view_chances`, the probability of each; None where they were not kept.
    """

    defects: dict[DefectKind, float]
    map: Logits
    frame: Frame
    region: Region | None
    device_class: DeviceClass | None
    view: View
    view_chances: Mapping[View, float] | None = None


@dataclass(frozen=True)
class TwoLooks:
    """The raw answers of the second and third look at one photo, with the place of the device."""

    device_frame: Frame
    device: dict[str, Logits]
    detail_frame: Frame
    detail: dict[str, Logits]
    region: Region | None

    @property
    def logits(self) -> npt.NDArray[np.float64]:
        """Return (2, kinds) defect logits: of the device, and of its detail."""
        return np.stack([self.device["defects_logits"][0], self.detail["defects_logits"][0]]).astype(
            np.float64
        )

    def presence(self, cells: int) -> float:
        """Return the probability that the second look shows a device: the mean of its likeliest `cells`."""
        chances = sigmoid(self.device["map_logits"][0][-1]).ravel()
        return float(np.sort(chances)[-cells:].mean())

    def map(self, detail_share: npt.NDArray[np.float32], device_detail_share: float) -> Logits:
        """Return (kinds + 1, H/8, W/8) probabilities over the detail frame, both looks mixed a kind.

        The shares say how much of a kind, and of the device, is taken from the detail. The mean is geometric,
        so that a place that one look rules out is none.
        """
        near = sigmoid(self.detail["map_logits"][0])
        far = sigmoid(self.device["map_logits"][0])
        far = resample(far, self.device_frame, self.detail_frame, near.shape)
        share = np.append(detail_share, np.float32(device_detail_share))[:, None, None]
        return np.asarray(near**share * far ** (1 - share), np.float32)


def read_contract(manifest: dict[str, Any]) -> Contract:
    """Read the network's contract from a manifest; inference-1.yaml fills in what it may leave out.

    Raises BrokenRelease unless it answers for every kind of defect: one left out would count as never seen.
    """
    kinds = _released_kinds(manifest)
    lines = [manifest["calibration"][kind] for kind in kinds]
    rules = {**read_inference().of_a_release, **manifest}
    return Contract(
        **{name: int(manifest[name]) for name in ("whole_px", "device_px", "detail_px")},
        kinds=kinds,
        classes=tuple(None if name == "none" else DeviceClass(name) for name in manifest["classes"]),
        views=tuple(View(name) for name in manifest["views"]),
        slope=np.array([[line[f"{look}_slope"] for line in lines] for look in _LOOKS]),
        intercept=np.array([[line[f"{look}_intercept"] for line in lines] for look in _LOOKS]),
        thresholds={kind: float(manifest["thresholds"][kind]) for kind in kinds},
        detail_share=np.array([line["detail_share"] for line in lines], np.float32),
        map_thresholds=np.array([line["map_threshold"] for line in lines], np.float32),
        sure_strengths=np.array([line["sure_strength"] for line in lines], np.float32),
        device_threshold=float(manifest["device_threshold"]),
        device_margin=float(manifest["device_margin"]),
        none_from=float(rules["none_from"]),
        present_cells=int(rules["present_cells"]),
        device_detail_share=float(rules["device_detail_share"]),
        strongest_cells=int(rules["strongest_cells"]),
    )


def _released_kinds(manifest: dict[str, Any]) -> tuple[DefectKind, ...]:
    names, known = list(manifest["kinds"]), set(DefectKind)
    wrong = [f"has no answer for {kind}" for kind in DefectKind if kind not in names]
    wrong += [f"answers for {name}, which this code does not know" for name in names if name not in known]
    if wrong:
        raise BrokenRelease(
            f"the condition release {', and '.join(wrong)}: train and release it again with this code, "
            "or serve it with the code it was released with"
        )
    return tuple(map(DefectKind, names))


def predict(session: onnxruntime.InferenceSession, contract: Contract, image: Image.Image) -> Prediction:
    """Return the network's answers about an upright RGB photo."""
    return read_looks(look_closer(session, contract, image), contract)


def read_looks(looks: TwoLooks, contract: Contract) -> Prediction:
    """Return what the raw answers about a photo say."""
    probabilities = either(contract.slope * looks.logits + contract.intercept)
    device_class = read_class(
        looks.device["device_logits"][0], contract.classes, none_from=contract.none_from
    )
    presence = looks.presence(contract.present_cells)
    is_seen_twice = looks.region is not None and presence >= contract.device_threshold
    is_device = is_seen_twice and device_class is not None
    view_logits = looks.device["view_logits"][0]
    view_chances = softmax(view_logits.astype(np.float64))
    return Prediction(
        defects={kind: float(p) for kind, p in zip(contract.kinds, probabilities, strict=True)},
        map=looks.map(contract.detail_share, contract.device_detail_share),
        frame=looks.detail_frame,
        region=looks.region if is_device else None,
        device_class=device_class,
        view=contract.views[int(np.argmax(view_logits))],
        view_chances={view: float(p) for view, p in zip(contract.views, view_chances, strict=True)},
    )


def read_class(
    logits: Logits, classes: Sequence[DeviceClass | None], *, none_from: float
) -> DeviceClass | None:
    """Return the likeliest class of (classes,) logits; None, for no device, only from `none_from` on."""
    chances = softmax(logits)
    none = classes.index(None)
    if chances[none] >= none_from:
        return None
    return classes[int(np.argmax(np.where(np.arange(len(classes)) == none, 0.0, chances)))]


def either(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return (...) probabilities of (2, ...) calibrated logits that at least one of both looks is right."""
    return np.asarray(1.0 - np.prod(1.0 - sigmoid(logits), axis=0))


def look_closer(session: onnxruntime.InferenceSession, contract: Contract, image: Image.Image) -> TwoLooks:
    """Find the device in the whole photo and look at it twice, or at the whole photo where none was found."""
    whole = cut_frame(image, WHOLE, contract.whole_px)
    first = _run(session, whole)
    region = find_device(sigmoid(first["map_logits"][0][-1]), whole, contract)
    device_frame = cut_frame(image, _around(region, contract), contract.device_px)
    device = _run(session, device_frame)
    closer = find_device(sigmoid(device["map_logits"][0][-1]), device_frame, contract) if region else None
    detail_frame = cut_frame(image, _around(closer or region, contract), contract.detail_px)
    return TwoLooks(device_frame, device, detail_frame, _run(session, detail_frame), closer or region)


def resample(answers: Logits, frame: Frame, onto: Frame, shape: tuple[int, ...]) -> Logits:
    """Return (channels, *) answers over one frame at the cells of another; 0 out of its reach."""
    rows = _cells(onto.top, onto.fraction_per_px_y, shape[1], onto.pixels.shape[0], frame.top)
    columns = _cells(onto.left, onto.fraction_per_px_x, shape[2], onto.pixels.shape[1], frame.left)
    step = frame.pixels.shape[0] / answers.shape[1]
    y = np.floor(rows / (frame.fraction_per_px_y * step)).astype(int)
    x = np.floor(columns / (frame.fraction_per_px_x * step)).astype(int)
    reached = ((y >= 0) & (y < answers.shape[1]))[:, None] & ((x >= 0) & (x < answers.shape[2]))[None, :]
    found = answers[:, np.clip(y, 0, answers.shape[1] - 1)][:, :, np.clip(x, 0, answers.shape[2] - 1)]
    return np.asarray(found * reached, np.float32)


def find_device(probability: Logits, frame: Frame, contract: Contract) -> Region | None:
    """Return the box around the largest connected area that looks like a device, or None."""
    labels, count = ndimage.label(probability > contract.device_threshold)
    if count == 0:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    rows, columns = np.nonzero(labels == int(np.argmax(sizes)) + 1)
    return cells_to_region(rows, columns, probability.shape[0], frame)


def cells_to_region(
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    cells: int,
    frame: Frame,
    *,
    inset: float = 0.0,
) -> Region:
    """Return the box around map cells as fractions of the photo, kept inside it.

    inset: cells that each side is drawn in by, as far as half a cell is left.
    """
    step = frame.pixels.shape[0] / cells
    left, right = (frame.left + at * step * frame.fraction_per_px_x for at in _ends(columns, inset))
    top, bottom = (frame.top + at * step * frame.fraction_per_px_y for at in _ends(rows, inset))
    return Region(*(min(1.0, max(0.0, edge)) for edge in (left, top, right, bottom)))


def _ends(cells: npt.NDArray[np.intp], inset: float) -> tuple[float, float]:
    first, last = float(cells.min()), float(cells.max() + 1)
    inwards = min(inset, (last - first) / 2 - 0.25)
    return first + inwards, last - inwards


def sigmoid(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return 1 / (1 + exp(-x)), without overflow."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0))))


def _around(region: Region | None, contract: Contract) -> Region:
    return region.widened(contract.device_margin) if region else WHOLE


def _cells(start: float, per_px: float, count: int, side_px: int, origin: float) -> npt.NDArray[np.float64]:
    """Return (count,) distances of cell centres from `origin`, in fractions of the photo."""
    centres = (np.arange(count) + 0.5) * (side_px / count)
    return np.asarray(start + centres * per_px - origin)


def _run(session: onnxruntime.InferenceSession, frame: Frame) -> dict[str, Logits]:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"photo": frame.pixels[None]}), strict=True))
