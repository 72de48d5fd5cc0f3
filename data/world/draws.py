"""Draw from the distributions of the simulated world, each with the generator that is passed in."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.case_columns import Codes, Floats

Rng = np.random.Generator
Mask = NDArray[np.bool_]


def generator(seed: int, *stream: int) -> Rng:
    """Return the generator of one named stream, independent of all others."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=stream)))


def chance(rng: Rng, probability: Floats | float, count: int) -> Mask:
    """Draw True with the given probability, one for each of `count`."""
    return np.asarray(rng.random(count) < probability)


def by_quantiles(rng: Rng, quantiles: Mapping[float, float], count: int) -> Floats:
    """Draw from a distribution given by its quantiles, interpolated in logarithms."""
    shares = np.array([float(share) for share in quantiles])
    values = np.log(np.maximum(np.array(list(quantiles.values()), dtype=np.float64), 1e-3))
    return np.exp(np.interp(rng.random(count), shares, values))


def pick(rng: Rng, shares: Mapping[Any, float], count: int) -> Codes:
    """Draw positions in `shares`, each as often as its share says."""
    edges = np.cumsum(np.array(list(shares.values()), dtype=np.float64))
    return np.searchsorted(edges / edges[-1], rng.random(count), side="right").astype(np.int64)


def pick_by_row(rng: Rng, weights: Floats) -> Codes:
    """Draw a column for each row of (n, k) weights."""
    edges = np.cumsum(weights, axis=1)
    marks = rng.random(len(weights)) * edges[:, -1]
    return np.asarray((edges <= marks[:, None]).sum(axis=1), dtype=np.int64)
