"""Import torchvision, also beside a torch it was not compiled for.

Everything in `training/` takes torchvision from here. The x86-64 wheel of torchvision on the package index is
built for CUDA; beside a CPU-only torch its compiled operators can't load, and the import stops at `operator
torchvision::nms does not exist`, because the package registers a shape rule for an operator that isn't there.
Nothing here needs those operators, only the Python model definitions. So that one error is caught, the
two operators are declared (without a body), the half-imported modules are dropped, and the import runs
again. With matching builds the first import succeeds and none of this happens.
"""

import importlib
import sys
from types import ModuleType

import torch

_MISSING = "operator torchvision::nms does not exist"
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def import_torchvision() -> ModuleType:
    """Return the torchvision package, with its operators declared where its binary part can't load."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if _MISSING not in str(error):
            raise
    for operator in ("nms", "qnms"):
        torch.library.define(f"torchvision::{operator}", _SCHEMA)
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    return importlib.import_module("torchvision")
