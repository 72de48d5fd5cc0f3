"""Fit the heads for class and view anew by logistic regression; every other answer stays bit for bit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn
from tqdm import tqdm

from training.condition.heads.served_frames import ServedFrame
from training.condition.network import CLASSES, UNKNOWN, ConditionNet

_ROUNDS = 300
# A class that nothing showed stays as unlikely as this, in logits below the mean of those that were shown.
_NEVER_SHOWN = -6.0

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Summaries:
    """What the network sums up of each frame, (n, 1280), with indices of its class and view or UNKNOWN."""

    values: Floats
    device: Indices
    view: Indices


class TooFewShown(ValueError):
    """Frames of fewer than two classes or views: there is nothing to tell apart."""


def refit_heads(
    network: ConditionNet,
    frames: Iterable[ServedFrame],
    strength: float,
    class_shares: Mapping[str, float] | None = None,
) -> ConditionNet:
    """Return the network with heads for class and view fitted on frames; raises TooFewShown.

    Classes and views are learnt as if each were as common as the others; `class_shares` says how common the
    classes are where photos are taken.
    """
    seen = summarise_frames(network, frames)
    for head, truth in ((network.device_head, seen.device), (network.view_head, seen.view)):
        _fit_head(head, seen, truth, strength)
    if class_shares:
        expect_classes(network, class_shares)
    return network.eval()


def expect_classes(network: ConditionNet, class_shares: Mapping[str, float]) -> None:
    """Move the logits of the classes, in place, to how common each is (Saerens et al., 2002)."""
    log_shares = np.log([class_shares[name] for name in CLASSES])
    with torch.no_grad():
        network.device_head.bias.add_(torch.from_numpy(log_shares - log_shares.mean()))


def summarise_frames(network: ConditionNet, frames: Iterable[ServedFrame]) -> Summaries:
    """Run the backbone on each frame alone, as serving does."""
    values, facts = [], []
    network.eval()
    with torch.no_grad():
        for frame in tqdm(frames, desc="looking for the heads", mininterval=5.0):
            coarse = network.coarse(torch.from_numpy(np.ascontiguousarray(frame.pixels[None])))
            values.append(coarse.mean(dim=(2, 3))[0].double().numpy())
            facts.append((frame.device, frame.view))
    device, view = (np.array(column) for column in zip(*facts, strict=True))
    return Summaries(np.stack(values), device, view)


def _fit_head(head: nn.Linear, seen: Summaries, truth: Indices, strength: float) -> None:
    """Fit one head in place, on the frames whose truth is known."""
    known = truth != UNKNOWN
    shown = np.unique(truth[known])
    if len(shown) < 2:
        raise TooFewShown(
            f"the frames show {len(shown)} of {head.out_features} classes or views: give photos of two"
        )
    values, truth = seen.values[known], truth[known]
    scale = StandardScaler().fit(values)
    fitted = LogisticRegression(C=strength, class_weight="balanced", max_iter=_ROUNDS)
    fitted.fit(scale.transform(values), truth)
    slopes, starts = _of_every_class(fitted, shown)
    slopes = slopes / scale.scale_
    _write(head, shown, slopes, starts - slopes @ scale.mean_)


def _of_every_class(fitted: LogisticRegression, shown: Indices) -> tuple[Floats, Floats]:
    """Return a slope and a start for each class shown; of two, the regression keeps only one's."""
    slopes, starts = np.asarray(fitted.coef_), np.asarray(fitted.intercept_)
    if len(shown) > 2:
        return slopes, starts
    return np.concatenate([-slopes, slopes]) / 2.0, np.concatenate([-starts, starts]) / 2.0


def _write(head: nn.Linear, shown: Indices, slopes: Floats, starts: Floats) -> None:
    weight = np.tile(slopes.mean(axis=0), (head.out_features, 1))
    bias = np.full(head.out_features, starts.mean() + _NEVER_SHOWN)
    weight[shown], bias[shown] = slopes, starts
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(weight))
        head.bias.copy_(torch.from_numpy(bias))
