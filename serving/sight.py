"""Run the condition network on one photo: first on the whole photo, then on the device found there.

Both looks answer for the defects, and their logits are averaged before calibration; the map, the class and
the view come from the closer look. A photo is run alone, so its answer never depends on what else was sent.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from scipy import ndimage

from data.defect import DefectKind
from data.device import DeviceClass, View
from features.photo import WHOLE, Frame, Pixels, Region, cut_frame

Logits = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Contract:
    """What the released network expects and answers, from its manifest."""

    side_px: int
    kinds: tuple[DefectKind, ...]
    classes: tuple[DeviceClass | None, ...]
    views: tuple[View, ...]
    slope: npt.NDArray[np.float64]
    intercept: npt.NDArray[np.float64]
    thresholds: dict[DefectKind, float]
    map_threshold: float
    device_threshold: float
    device_margin: float


@dataclass(frozen=True)
class Sight:
    """What the network sees in one photo.

    `defects` are calibrated probabilities; `map` is (kinds + 1, H/8, W/8) probabilities over `frame`, its
    last channel the device; `region` is the device's place in the photo, None where no device was found.
    """

    defects: dict[DefectKind, float]
    map: Logits
    frame: Frame
    region: Region | None
    device_class: DeviceClass | None
    view: View


def read_contract(manifest: dict[str, Any]) -> Contract:
    """Read the network's contract from a release's manifest."""
    kinds = tuple(DefectKind(name) for name in manifest["kinds"])
    calibration = [manifest["calibration"][kind] for kind in kinds]
    return Contract(
        side_px=int(manifest["side_px"]),
        kinds=kinds,
        classes=tuple(None if name == "none" else DeviceClass(name) for name in manifest["classes"]),
        views=tuple(View(name) for name in manifest["views"]),
        slope=np.array([line["slope"] for line in calibration]),
        intercept=np.array([line["intercept"] for line in calibration]),
        thresholds={kind: float(manifest["thresholds"][kind]) for kind in kinds},
        map_threshold=float(manifest["map_threshold"]),
        device_threshold=float(manifest["device_threshold"]),
        device_margin=float(manifest["device_margin"]),
    )


def look(session: onnxruntime.InferenceSession, contract: Contract, pixels: Pixels) -> Sight:
    """Return what the network sees in an upright (H, W, 3) uint8 photo."""
    frame, answers, region, logits = look_twice(session, contract, pixels)
    probabilities = sigmoid(contract.slope * logits + contract.intercept)
    device_class = contract.classes[int(np.argmax(answers["device_logits"][0]))]
    is_device = region is not None and device_class is not None
    return Sight(
        defects={kind: float(p) for kind, p in zip(contract.kinds, probabilities, strict=True)},
        map=sigmoid(answers["map_logits"][0]),
        frame=frame,
        region=region if is_device else None,
        device_class=device_class,
        view=contract.views[int(np.argmax(answers["view_logits"][0]))],
    )


def look_twice(
    session: onnxruntime.InferenceSession, contract: Contract, pixels: Pixels
) -> tuple[Frame, dict[str, Logits], Region | None, npt.NDArray[np.float64]]:
    """Return the closer look's frame and answers, the device's region, and the averaged defect logits."""
    whole = cut_frame(pixels, WHOLE, contract.side_px)
    first = _run(session, whole)
    region = find_device(sigmoid(first["map_logits"][0][-1]), whole, contract)
    if region is None:
        return whole, first, None, first["defects_logits"][0].astype(np.float64)
    close = cut_frame(pixels, region.widened(contract.device_margin), contract.side_px)
    second = _run(session, close)
    closer = find_device(sigmoid(second["map_logits"][0][-1]), close, contract)
    logits = (
        first["defects_logits"][0].astype(np.float64) + second["defects_logits"][0].astype(np.float64)
    ) / 2.0
    return close, second, closer or region, logits


def find_device(probability: Logits, frame: Frame, contract: Contract) -> Region | None:
    """Return the box around the largest connected area that looks like a device, or None."""
    labels, count = ndimage.label(probability > contract.device_threshold)
    if count == 0:
        return None
    sizes = np.bincount(labels.ravel())[1:]
    rows, columns = np.nonzero(labels == int(np.argmax(sizes)) + 1)
    return cells_to_region(rows, columns, probability.shape[0], frame)


def cells_to_region(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], cells: int, frame: Frame
) -> Region:
    """Return the box around map cells as fractions of the photo, kept inside it."""
    step = frame.pixels.shape[0] / cells
    left = frame.left + float(columns.min()) * step * frame.fraction_per_px_x
    right = frame.left + float(columns.max() + 1) * step * frame.fraction_per_px_x
    top = frame.top + float(rows.min()) * step * frame.fraction_per_px_y
    bottom = frame.top + float(rows.max() + 1) * step * frame.fraction_per_px_y
    return Region(*(min(1.0, max(0.0, edge)) for edge in (left, top, right, bottom)))


def sigmoid(logits: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return 1 / (1 + exp(-x)), without overflow."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0))))


def _run(session: onnxruntime.InferenceSession, frame: Frame) -> dict[str, Logits]:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"photo": frame.pixels[None]}), strict=True))
