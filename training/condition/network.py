"""Define the condition network: a MobileNetV2 with a path for fine lines, for frames of any size.

photo      (N, H, W, 3) uint8, H and W multiples of 32
backbone   stride  4: 24 channels   stride  8: 32   stride 16: 96   stride 32: 1280
lines      stride  4: LINE_WIDTH filters that look at the pixels themselves, beside the backbone's stride 4
neck       top-down, WIDTH channels at stride 8, with the lines added
shape      stride 32: SHAPE_WIDTH channels that see the device's whole length, from the neck and the backbone
traces     the neck again, with the shape added: WIDTH channels at stride 8 that follow a line over its length
defects    (N, 13)             a defect's logit: the means of the strongest cells at stride 32 and at stride 8
map        (N, 14, H/8, W/8)   dense logits: the 13 defects, then the device itself
device     (N, 9)              logits of the device classes and `none`
view       (N, 5)              logits of the views that a photo can tell apart
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from google.protobuf.message import DecodeError
from torch import Tensor, nn

from data.defect import DefectKind
from data.device import DeviceClass, View
from training.condition.released_weights import released_state
from training.vision import import_torchvision

GRAPH = ".onnx"
WIDTH = 96
LINE_WIDTH = 48
SHAPE_WIDTH = 128
STRIDE = 8
KINDS = tuple(DefectKind)
CLASSES = (*DeviceClass, "none")
UNKNOWN = -1
"""Stands where nobody knows which kind, class or view it is."""
VIEWS = (View.FRONT_OFF, View.FRONT_ON, View.BACK, View.EDGE, View.LABEL)

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_TAPS = (3, 6, 13, 18)

# The first blocks see edges and colours as on ImageNet; leaving them as they are halves the time of a step.
_FROZEN_BLOCKS = 4

# A crack may run over the device's rim, and the map is a cell or two unsure of where that lies.
_RIM_CELLS = 2

# Layers that joined later and start with answers of 0.
_ADDED = ("shape.", "traces.")


class Answers(NamedTuple):
    """The network's four outputs, as logits."""

    defects: Tensor
    map: Tensor
    device: Tensor
    view: Tensor


class ConditionNet(nn.Module):
    """The network, for frames given as (N, H, W, 3) uint8 RGB."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, *, pooled_cells: int, off_device: float = 0.0) -> None:
        """Build the network.

        pooled_cells: how many of the strongest cells answer for a frame. off_device: by how much, in logits,
        a cell at most counts less that the map says is none of the device's; 0 pools the whole frame.
        """
        super().__init__()
        self.pooled_cells = pooled_cells
        self.off_device = off_device
        self.keeps_norms = False
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1) * 255.0)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1) * 255.0)
        self.backbone = import_torchvision().models.mobilenet_v2(weights=None).features
        self.lateral = nn.ModuleList([nn.Conv2d(channels, WIDTH, 1) for channels in (32, 96, 1280)])
        self.smooth = nn.ModuleList([_separable(WIDTH) for _ in range(2)])
        self.lines = _Lines()
        self.shape = _Shape()
        self.traces = nn.Sequential(_Residual(WIDTH, size=5), _Residual(WIDTH, size=5))
        self.map_head = _head(WIDTH, len(KINDS) + 1, start=-3.0)
        self.defect_head = _head(1280, len(KINDS), start=-1.5)
        self.device_head = nn.Linear(1280, len(CLASSES))
        self.view_head = nn.Linear(1280, len(VIEWS))
        self.backbone[:_FROZEN_BLOCKS].requires_grad_(False)

    def forward(self, photo: Tensor) -> Answers:
        """Return logits for (N, H, W, 3) uint8 frames."""
        x = self._normalised(photo)
        finest, fine, middle, coarse = self._pyramid(x)
        neck = self._merge(fine, middle, coarse) + self.lines(x, finest)
        shape_dense, shape_fine = self.shape(neck, coarse)
        dense = self.defect_head(coarse) + shape_dense
        fine_map = self.map_head(self.traces(neck + shape_fine))
        defects = self._pooled(dense, fine_map)
        summary = coarse.mean(dim=(2, 3))
        return Answers(
            defects,
            fine_map,
            self.device_head(summary),
            self.view_head(summary),
        )

    def _pooled(self, dense: Tensor, fine_map: Tensor) -> Tensor:
        """Return (N, 13): the means of the strongest cells at both strides, by what lies on the device."""
        fine = fine_map[:, :-1]
        if self.off_device:
            # What the device is, the device's own cells teach: no defect may move its outline.
            is_device = nn.functional.logsigmoid(fine_map[:, -1:].detach()).clamp(min=-self.off_device)
            near = nn.functional.max_pool2d(is_device, 2 * _RIM_CELLS + 1, stride=1, padding=_RIM_CELLS)
            fine, dense = fine + near, dense + nn.functional.max_pool2d(near, 4)
        return strongest(dense, self.pooled_cells) + strongest(fine, self.pooled_cells)

    def coarse(self, photo: Tensor) -> Tensor:
        """Return (N, 1280, H/32, W/32), from which class, view and the wide defect logits follow."""
        return self._pyramid(self._normalised(photo))[-1]

    def train(self, mode: bool = True) -> "ConditionNet":
        """Switch to training, but keep the backbone's batch statistics: the batches are small and mixed.

        A network that was taken out of a released graph keeps all of them: they are folded into its weights.
        """
        super().train(mode)
        for module in (self if self.keeps_norms else self.backbone).modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def _normalised(self, photo: Tensor) -> Tensor:
        return (photo.permute(0, 3, 1, 2).float() - self.mean) / self.deviation

    def _pyramid(self, x: Tensor) -> list[Tensor]:
        taps = []
        for index, block in enumerate(self.backbone):
            x = block(x)
            if index in _TAPS:
                taps.append(x)
        return taps

    def _merge(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> Tensor:
        merged: Tensor = self.lateral[2](coarse)
        for lateral, smooth, level in zip(
            (self.lateral[1], self.lateral[0]), self.smooth, (middle, fine), strict=True
        ):
            merged = smooth(nn.functional.interpolate(merged, scale_factor=2.0) + lateral(level))
        return merged


class _Lines(nn.Module):
    """The path for lines thinner than the backbone's frozen first blocks keep: hairlines, fine scratches.

    Filters of 7 x 7 pixels on the frame itself, learnt from nothing, join the backbone's stride 4.
    """

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Sequential(
            nn.Conv2d(3, 32, 7, stride=4, padding=3, bias=False), nn.BatchNorm2d(32), nn.ReLU6(inplace=True)
        )
        self.mix = nn.Sequential(
            nn.Conv2d(32 + 24, LINE_WIDTH, 1, bias=False),
            nn.BatchNorm2d(LINE_WIDTH),
            nn.ReLU6(inplace=True),
            _separable(LINE_WIDTH),
            _separable(LINE_WIDTH, WIDTH, size=5, stride=2),
        )

    def forward(self, x: Tensor, finest: Tensor) -> Tensor:
        """Return (N, WIDTH, H/8, W/8) from the normalised frame and the backbone's stride 4."""
        found: Tensor = self.mix(torch.cat([self.filters(x), finest], dim=1))
        return found


class _Shape(nn.Module):
    """The path for what shows on the whole device: a bent frame, or a yellowed half.

    Wide filters at stride 32 join the outlines of the neck with the backbone's coarsest layer. Its answers
    start at 0, so that a network fitted without it goes on as it was.
    """

    def __init__(self) -> None:
        super().__init__()
        self.outlines = nn.Sequential(
            _separable(WIDTH, size=5, stride=2), _separable(WIDTH, SHAPE_WIDTH, size=5, stride=2)
        )
        self.squeeze = nn.Sequential(
            nn.Conv2d(1280, SHAPE_WIDTH, 1, bias=False), nn.BatchNorm2d(SHAPE_WIDTH), nn.ReLU6(inplace=True)
        )
        self.wide = nn.Sequential(_Residual(SHAPE_WIDTH, size=9), _Residual(SHAPE_WIDTH, size=9))
        self.dense = _silent(nn.Conv2d(SHAPE_WIDTH, len(KINDS), 1))
        self.fine = _silent(nn.Conv2d(SHAPE_WIDTH, WIDTH, 1))

    def forward(self, neck: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """Return (N, 13, H/32, W/32) defect logits and (N, WIDTH, H/8, W/8), each to be added."""
        seen = self.wide(self.outlines(neck) + self.squeeze(coarse))
        return self.dense(seen), nn.functional.interpolate(self.fine(seen), scale_factor=4.0)


class _Residual(nn.Module):
    """Add what a wide filter a channel and a mix of the channels find; at first, nothing."""

    def __init__(self, width: int, *, size: int) -> None:
        super().__init__()
        self.found = nn.Sequential(
            nn.Conv2d(width, width, size, padding=size // 2, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
            nn.Conv2d(width, width, 1, bias=False),
            _silent(nn.BatchNorm2d(width)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, width, H, W) as given, with what was found added."""
        return x + self.found(x)  # type: ignore[no-any-return]


class BadWeights(ValueError):
    """A weights file that is no MobileNetV2 state dict, or a hub that can't be reached."""


def load_weights(network: ConditionNet, weights: Path | None) -> bool:
    """Load ImageNet weights of the backbone, or a whole network fitted earlier; return whether the latter.

    `weights` is a state dict of either, or the model.onnx of a release, None for the hub's ImageNet weights.
    A network fitted before the layers of _ADDED were there answers as it did: they start silent. Raises
    BadWeights if the file doesn't fit or the hub can't be reached.
    """
    if weights is not None and weights.suffix == GRAPH:
        _load_release(network, weights)
        return True
    state = _hub_state() if weights is None else torch.load(weights, map_location="cpu", weights_only=True)
    values = {name: _as_float(value) for name, value in state.items() if not name.startswith("classifier.")}
    is_whole = any(name.startswith("backbone.") for name in values)
    target: nn.Module = network if is_whole else network.backbone
    try:
        found = {name.removeprefix("features."): value for name, value in values.items()}
        kept = {name: value for name, value in target.state_dict().items() if name.startswith(_ADDED)}
        target.load_state_dict(kept | found)
    except RuntimeError as error:
        raise BadWeights(
            f"{weights or 'the hub'}: neither a torchvision mobilenet_v2 nor a condition network: {error}"
        ) from error
    return is_whole


def _load_release(network: ConditionNet, graph: Path) -> None:
    try:
        network.load_state_dict(released_state(graph, network))
    except (KeyError, RuntimeError, DecodeError) as error:
        raise BadWeights(f"{graph}: no graph of a condition release of this network: {error}") from error
    network.keeps_norms = True


def strongest(cells: Tensor, count: int) -> Tensor:
    """Return (N, channels): the mean of the strongest cells of (N, channels, H, W)."""
    return cells.flatten(2).topk(count, dim=2).values.mean(dim=2)


def _hub_state() -> Mapping[str, Any]:
    models = import_torchvision().models
    try:
        state: Mapping[str, Any] = models.MobileNet_V2_Weights.IMAGENET1K_V2.get_state_dict(progress=True)
    except OSError as error:
        raise BadWeights(
            f"the weight hub can't be reached ({error}): give a local state dict with --weights FILE"
        ) from error
    return state


def _as_float(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def _head(channels: int, outputs: int, *, start: float) -> nn.Conv2d:
    """Return a 1 x 1 layer whose logits start at `start`: most cells of most photos show no defect."""
    head = nn.Conv2d(channels, outputs, 1)
    head.bias = nn.Parameter(torch.full((outputs,), start))
    return head


def _silent(layer: nn.Conv2d | nn.BatchNorm2d) -> nn.Conv2d | nn.BatchNorm2d:
    """Return the layer with weights and biases of 0: it says nothing until it has learnt."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _separable(width: int, outputs: int | None = None, *, size: int = 3, stride: int = 1) -> nn.Sequential:
    outputs = outputs or width
    return nn.Sequential(
        nn.Conv2d(width, width, size, stride=stride, padding=size // 2, groups=width, bias=False),
        nn.Conv2d(width, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )
