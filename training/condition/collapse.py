"""Detect a network whose coarsest layer answers the same for every photo.

At too high a learning rate every ReLU of the backbone's last layer can end at 0 or at 6 whatever the photo
shows: the fine map goes on learning, but class, view and all that needs the whole device are lost.
"""

import torch
from torch import Tensor

from training.condition.network import ConditionNet

_SPREAD = 1e-4


class CollapsedNetwork(RuntimeError):
    """A network whose coarsest layer answers the same for every photo."""


def alive_share(network: ConditionNet, photos: Tensor) -> float:
    """Return the share of the coarsest channels that differ between places or photos (N, H, W, 3)."""
    with torch.no_grad():
        coarse = network.coarse(photos)
    return float((coarse.amax(dim=(0, 2, 3)) - coarse.amin(dim=(0, 2, 3)) > _SPREAD).float().mean())
