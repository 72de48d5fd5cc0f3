"""Give a network whose coarsest layer died its ImageNet blocks back: python -m training.condition.revive.

At too high a learning rate the backbone's last layer can fall silent (every ReLU at 0 or at 6 whatever the
photo): the fine map goes on learning, but class, view and all that needs the whole device are lost. This puts
the blocks after stride 16 back to given weights, and turns what the dead layer used to say into biases, so
that the network answers as before until the living layer is learnt from.
"""

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from training.condition.network import ConditionNet, load_weights

FIRST_COARSE_BLOCK = 14
_ALIVE_SPREAD = 1e-4


class CollapsedNetwork(RuntimeError):
    """The coarsest layer says the same of every photo."""


def alive_share(network: ConditionNet, photos: Tensor) -> float:
    """Return the share of the coarsest channels that differ between places or photos (N, H, W, 3)."""
    with torch.no_grad():
        coarse = network.coarse(photos)
    return float((coarse.amax(dim=(0, 2, 3)) - coarse.amin(dim=(0, 2, 3)) > _ALIVE_SPREAD).float().mean())


def revive(network: ConditionNet, fresh: ConditionNet, photos: Tensor) -> None:
    """Take the coarse blocks of `fresh`, and keep what the dead layer said as biases."""
    with torch.no_grad():
        said = network.coarse(photos).mean(dim=(0, 2, 3))
        for layer in (network.lateral[2], network.defect_head, network.device_head, network.view_head):
            _silence(layer, said)
    for index in range(FIRST_COARSE_BLOCK, len(network.backbone)):
        network.backbone[index].load_state_dict(fresh.backbone[index].state_dict())


def _silence(layer: nn.Module, said: Tensor) -> None:
    weight = layer.weight.flatten(1)  # type: ignore[operator]
    layer.bias += weight @ said  # type: ignore[operator]
    layer.weight.zero_()  # type: ignore[operator]


def main() -> None:
    """Read a network.pt and ImageNet weights, and write the revived network.pt."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("backbone", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pooled-cells", type=int, default=6)
    options = parser.parse_args()
    network, fresh = (ConditionNet(pooled_cells=options.pooled_cells).eval() for _ in range(2))
    load_weights(network, options.network)
    load_weights(fresh, options.backbone)
    noise = torch.randint(0, 256, (2, 448, 448, 3), generator=torch.Generator().manual_seed(0)).byte()
    before = alive_share(network, noise)
    revive(network, fresh, noise)
    torch.save(network.state_dict(), options.out)
    after = alive_share(network, noise)
    sys.stdout.write(f"alive channels: {before:.3f} before, {after:.3f} after\n")


if __name__ == "__main__":
    main()
