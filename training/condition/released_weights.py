"""Take a fitted network's weights out of a released graph, so that a run can start from any release.

The exporter folds each batch norm into the convolution before it. The weights come back with norms that pass
on what they are given and add the folded bias: the network answers as the graph does as long as the norms
keep their statistics.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

# What the exporter calls the bias of a convolution that had none of its own.
_FOLDED = "weight_bias"


def released_state(graph: Path, network: nn.Module) -> dict[str, Tensor]:
    """Return the state dict of `network` as a released graph holds it; KeyError where a weight is missing."""
    held = {item.name: _tensor(item) for item in onnx.load(str(graph)).graph.initializer}
    state = dict(network.state_dict())
    folded = dict(_folded_norms(network))
    norms = set(folded.values())
    for name in state:
        owner = name.rpartition(".")[0]
        if owner not in norms and not _is_constant(name):
            state[name] = held[name]
    for convolution, norm in folded.items():
        state |= _passing(network.get_submodule(norm), norm, held[f"{convolution}.{_FOLDED}"])
    return state


def _folded_norms(network: nn.Module) -> Iterator[tuple[str, str]]:
    """Yield each convolution and the norm that follows it."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Sequential):
            steps = list(module.named_children())
            for (one, layer), (other, norm) in pairwise(steps):
                if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    yield f"{name}.{one}", f"{name}.{other}"


def _passing(norm: nn.Module, name: str, bias: Tensor) -> Mapping[str, Tensor]:
    """Return the state of a norm that adds a bias and changes nothing else."""
    if not isinstance(norm, nn.BatchNorm2d):
        raise TypeError(f"{name} is a {type(norm).__name__}, not a batch norm")
    return {
        f"{name}.weight": torch.ones_like(bias),
        f"{name}.bias": bias,
        f"{name}.running_mean": torch.zeros_like(bias),
        f"{name}.running_var": torch.full_like(bias, 1.0 - norm.eps),
    }


def _is_constant(name: str) -> bool:
    """Return whether the network brings a value itself: how photos are normalised, how often norms learnt."""
    return name in {"mean", "deviation"} or name.endswith("num_batches_tracked")


def _tensor(item: onnx.TensorProto) -> Tensor:
    return torch.from_numpy(numpy_helper.to_array(item).copy())
