"""Export the condition network to ONNX and prove that it answers the same there."""

import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from features.photo.photo import SIDE_STEP_PX
from training.condition.network import Answers, ConditionNet

OPSET = 18

# Not the bare names: the exporter names inner values after operators, and one of them is `view`.
OUTPUTS = [f"{name}_logits" for name in Answers._fields]
PARITY_TOLERANCE = 2e-3
_SAMPLE_BATCH = 2
_STEPS_MOST = 64


class ParityError(RuntimeError):
    """An exported graph that answers differently from the network it was made from."""


def export_onnx(network: ConditionNet, path: Path, *, side_px: int) -> None:
    """Write the network as one ONNX file: a free batch, height and width, both sides multiples of 32."""
    example = torch.zeros((_SAMPLE_BATCH, side_px, side_px + SIDE_STEP_PX, 3), dtype=torch.uint8)
    rows, columns = (torch.export.Dim(name, min=3, max=_STEPS_MOST) for name in ("rows", "columns"))
    contiguous = network.cpu().to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            contiguous,
            (example,),
            str(path),
            dynamo=True,
            external_data=False,
            opset_version=OPSET,
            input_names=["photo"],
            output_names=OUTPUTS,
            dynamic_shapes={
                "photo": {
                    0: torch.export.Dim("batch", min=1, max=64),
                    1: SIDE_STEP_PX * rows,
                    2: SIDE_STEP_PX * columns,
                }
            },
            verbose=False,
        )


def check_parity(network: ConditionNet, path: Path, frames: Iterable[npt.NDArray[np.uint8]]) -> float:
    """Return the largest difference in logits over all outputs and (H, W, 3) frames.

    Raises ParityError past PARITY_TOLERANCE; both sides compute in float32, in another order.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    with torch.no_grad():
        for frame in frames:
            expected = network(torch.from_numpy(frame[None]))
            found = session.run(OUTPUTS, {"photo": frame[None]})
            differences = [np.abs(a.numpy() - b).max() for a, b in zip(expected, found, strict=True)]
            worst = max(worst, float(max(differences)))
    if not worst <= PARITY_TOLERANCE:
        raise ParityError(
            f"the ONNX graph is {worst:.3g} off in logits, at most {PARITY_TOLERANCE:.3g} is allowed"
        )
    return worst
