"""Compute the loss between the network's answers and what is known; what is not known counts nothing."""

import torch
from torch import Tensor
from torch.nn import functional

from training.condition.network import Answers, strongest
from training.condition.samples.sample import Sample

_MAP_WEIGHT = 1.0
_POOLED_WEIGHT = 1.0
_WHOLE_MAP_WEIGHT = 0.3
_CLASS_WEIGHT = 0.3
_STRONGEST_CELLS = 24
_DEFECT_EMPHASIS = 15.0
_NO_DEVICE_EMPHASIS = 5.0


def masked_loss(answers: Answers, truth: Sample, *, alike_weight: float = 0.0) -> dict[str, Tensor]:
    """Return the parts of the loss; each averages over known labels only and is 0 where none is known.

    With an alike_weight the batch holds pairs of one scene, whose answers are to be the same.
    """
    known = truth["defects"] >= 0
    return {
        "pooled": _POOLED_WEIGHT * _binary(answers.defects, truth["defects"], known.float()),
        "map": _MAP_WEIGHT * _dense(answers.map, truth["map"], truth["map_weight"]),
        "whole_map": _WHOLE_MAP_WEIGHT * _binary(_strongest(answers.map), truth["defects"], _unplaced(truth)),
        "device": _CLASS_WEIGHT * _classes(answers.device, truth["device"]),
        "view": _CLASS_WEIGHT * _classes(answers.view, truth["view"]),
        **({"alike": alike_weight * _unlike(answers.defects, truth["defects"])} if alike_weight else {}),
    }


def _unlike(logits: Tensor, labels: Tensor) -> Tensor:
    """Return how far pairs of one scene are answered apart: the symmetric divergence of both chances.

    Where a frame cut a defect away, the labels of a pair differ, and so may its answers.
    """
    one, other = logits[0::2], logits[1::2]
    is_same = (labels[0::2] == labels[1::2]).float()
    apart = (torch.sigmoid(one) - torch.sigmoid(other)) * (one - other)
    return (apart * is_same).sum() / is_same.sum().clamp(min=1.0)


def _unplaced(truth: Sample) -> Tensor:
    """Return (N, kinds) weights: known labels, but not defects whose own cells already teach the map."""
    placed = truth["map_weight"][:, :-1].flatten(2).amax(dim=2) > 0
    return ((truth["defects"] == 0) | ((truth["defects"] == 1) & ~placed)).float()


def _strongest(dense: Tensor) -> Tensor:
    """Pool the fine map into a logit a defect, so that labels without a place teach it too."""
    return strongest(dense[:, :-1], _STRONGEST_CELLS)


def _binary(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    loss = functional.binary_cross_entropy_with_logits(logits, target.clamp(min=0), reduction="none")
    return (loss * weight).sum() / weight.sum().clamp(min=1.0)


def _dense(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Add cross entropy, where the few defect cells count more, and Dice for the shapes.

    Frames without a device are few, and a map that sees one there sends a bottle on to be graded.
    """
    is_defect = _is_defect(target)
    is_empty = (target.amax(dim=(2, 3), keepdim=True) == 0) * (1.0 - is_defect)
    emphasis = weight * (1.0 + _DEFECT_EMPHASIS * target * is_defect + _NO_DEVICE_EMPHASIS * is_empty)
    entropy = _binary(logits, target, emphasis)
    probability = torch.sigmoid(logits) * weight
    present = (target.flatten(2).sum(dim=2) > 0).float()
    overlap = (probability * target).flatten(2).sum(dim=2)
    size = (probability + target * weight).flatten(2).sum(dim=2)
    dice = 1.0 - (2.0 * overlap + 1.0) / (size + 1.0)
    return entropy + (dice * present).sum() / present.sum().clamp(min=1.0)


def _is_defect(target: Tensor) -> Tensor:
    """Return (1, channels, 1, 1) of 1 for the defects and 0 for the last channel, the device."""
    is_defect = torch.ones(target.shape[1], device=target.device)
    is_defect[-1] = 0.0
    return is_defect.view(1, -1, 1, 1)


def _classes(logits: Tensor, target: Tensor) -> Tensor:
    known = target >= 0
    if not known.any():
        return logits.sum() * 0.0
    return functional.cross_entropy(logits[known], target[known])
