"""Eight-bit weights: smaller, and close to the graph they come from."""

import numpy as np
import onnxruntime
import pytest

from serving.release import MODEL_FILE, open_release
from training.condition.settings import read_settings
from training.condition.train import drawn_frames
from training.studies.int8 import quantise


@pytest.mark.slow
def test_an_eight_bit_graph_is_smaller_and_finds_the_device_where_the_other_does(tmp_path):
    whole = open_release("condition").folder / MODEL_FILE
    quantise(whole, tmp_path / "int8.onnx", read_settings(), photos=3)
    assert (tmp_path / "int8.onnx").stat().st_size < 0.5 * whole.stat().st_size

    frame = drawn_frames(read_settings(), 1)
    maps = [
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(
            ["map_logits"], {"photo": frame}
        )[0][0, -1]
        for path in (whole, tmp_path / "int8.onnx")
    ]
    assert np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1] > 0.9
