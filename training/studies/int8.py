"""Measure what eight-bit weights and activations would save, and what they cost on the finest cracks.

The release is quantised on drawn frames; time, size and slices of both graphs are compared. Nothing is
released: the figures say whether it would be worth it.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from data.labelled.photo_set import LabelledPhoto, read_photo_set
from features.photo.quality import quality_limits
from serving.condition.criteria import read_pack
from serving.condition.inference import read_contract
from serving.condition.model import MODEL_NAME, ConditionModel
from serving.release import MODEL_FILE, Release
from training.condition.measure.graded_photos import score_real
from training.condition.measure.pasted_damage import pasted_slices, score_pasted
from training.condition.measure.slices import Slice, source_slices
from training.condition.samples.sample import drawn_looks
from training.condition.settings import ConditionSettings, read_settings
from training.condition.split import validation_photos
from training.release import given_release

_CALIBRATION_PHOTOS = 24
_TIMED_FRAME_PX = (640, 1280)
_TIMES = 20

Frame = npt.NDArray[np.uint8]


class _DrawnFrames(CalibrationDataReader):  # type: ignore[misc]
    """Frames of drawn photos at both scales that serving looks at, to find the range of every activation."""

    def __init__(self, settings: ConditionSettings, photos: int) -> None:
        self._frames = drawn_looks(settings, photos)

    def get_next(self) -> dict[str, Frame] | None:
        """Return the next frame as the graph's input; None after the last."""
        frame = next(self._frames, None)
        return None if frame is None else {"photo": frame[None]}


def quantise(
    model: Path, out: Path, settings: ConditionSettings, *, photos: int = _CALIBRATION_PHOTOS
) -> None:
    """Write the graph with eight-bit weights, a scale a channel, and activations ranged on drawn frames."""
    prepared = out.with_suffix(".prepared.onnx")
    quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(out),
        _DrawnFrames(settings, photos),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def compare_int8(*, photos: Path, release: Path | None = None) -> list[str]:
    """Return lines that say time, size and slices of both graphs, on one thread.

    photos: a folder as data.labelled.photo_set says. release: a release folder, the champion by default.
    """
    opened, settings = given_release(MODEL_NAME, release), read_settings()
    known = validation_photos(read_photo_set(photos), settings)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "int8.onnx"
        quantise(opened.folder / MODEL_FILE, small, settings)
        graphs = {"float32": opened.folder / MODEL_FILE, "int8": small}
        return [line for name, path in graphs.items() for line in _lines(name, path, opened, known, settings)]


def _lines(
    name: str, path: Path, release: Release, known: Sequence[LabelledPhoto], settings: ConditionSettings
) -> Iterator[str]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    yield (
        f"{name}: {_milliseconds(session):.0f} ms of one core for a frame of 1280 x 640, "
        f"{path.stat().st_size / 1e6:.1f} MB"
    )
    for part in _slices(session, release, known, settings):
        yield f"{name}: {part.name}: AUC {part.auc}, recall {part.recall}"


def _milliseconds(session: onnxruntime.InferenceSession) -> float:
    frame = np.random.default_rng(0).integers(0, 256, (1, *_TIMED_FRAME_PX, 3), dtype=np.uint8)
    spent = []
    for _ in range(_TIMES):
        started = time.process_time()
        session.run(None, {"photo": frame})
        spent.append(time.process_time() - started)
    return 1000.0 * float(np.median(spent))


def _slices(
    session: onnxruntime.InferenceSession,
    release: Release,
    known: Sequence[LabelledPhoto],
    settings: ConditionSettings,
) -> list[Slice]:
    """Measure a graph with the lines and thresholds that were fitted to the released one."""
    contract = read_contract(release.manifest)
    model = ConditionModel(session, contract, release.identity, read_pack(), quality_limits())
    thresholds = release.manifest["thresholds"]
    web = [
        part for part in source_slices(score_real(model, known, settings), thresholds) if part.name == "web"
    ]
    return [*web, *pasted_slices(score_pasted(model, known, settings), thresholds)]
