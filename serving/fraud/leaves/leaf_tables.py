"""Look the SHAP values of leaves up in a table of every pattern, or compute them where it were too large."""

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from serving.fraud.leaves.path import Path, Split
from serving.fraud.leaves.patterns import Asked, Met
from serving.fraud.leaves.shapley import Floats, Quadrature, bits_of

# Leaves of one length are tabulated in parts, so that a large model needs little memory to open.
PART_CELLS = 1 << 18
BYTE = 8
# What every value meets: it fills the bits up to a whole byte.
ANYTHING = Split()


class Lookup(Protocol):
    """Leaves that are looked up together: which feature each value belongs to, and the values of rows."""

    feature: NDArray[np.intp]
    asked: list[Asked]

    def values(self, met: Met) -> Floats:
        """Return (n, values) SHAP values of rows by which of (n, asked) splits they meet."""


class Tabulated:
    """Paths of m features with a table of 2 ** m patterns times m features each."""

    def __init__(self, paths: Sequence[Path]) -> None:
        length = len(paths[0])
        self.feature = np.array([list(path.splits) for path in paths], dtype=np.intp).ravel()
        self.asked = [one for path in paths for one in _filled(list(path.splits.items()), _bytes(length))]
        self._bytes = _bytes(length)
        self._start = np.arange(len(paths), dtype=np.intp) << length
        self._table = np.concatenate([_table(part) for part in _parts(paths, length)])
        self._all = (1 << length) - 1

    def values(self, met: Met) -> Floats:
        """Return (n, paths * m) values."""
        packed = np.packbits(met, axis=1, bitorder="little").reshape(len(met), -1, self._bytes)
        lines = packed[:, :, 0] & np.uint8(self._all & 0xFF) | self._start
        for byte in range(1, self._bytes):
            lines |= (packed[:, :, byte].astype(np.intp) << byte * BYTE) & self._all
        # Clipping, which changes nothing here, is what makes take several times as fast as indexing.
        return np.take(self._table, lines, axis=0, mode="clip").reshape(len(met), -1)


class Long:
    """Paths of m features, more than are tabulated: a few small tables of products, and quadrature.

    The shorter of them are filled up with what every value meets, to an even number of features, for an odd
    one takes as many points.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = len(paths)
        longest = max(map(len, paths))
        self._length = longest + longest % 2
        filled = [_filled_before(path, self._length) for path in paths]
        self._bytes = _bytes(self._length)
        # Feature by feature, so that what is computed for all paths at once lies side by side.
        self.feature = np.array([[feature for feature, _ in one] for one in filled], dtype=np.intp).T.ravel()
        self.asked = [one for path in filled for one in _filled(path, self._bytes)]
        self._quadrature = _quadrature(filled, paths)
        cuts = range(0, self._length - 1, BYTE)
        self._products = [_of_bytes(self._quadrature, cut) for cut in cuts]
        self._start = np.arange(self._paths, dtype=np.intp) << BYTE

    def values(self, met: Met) -> Floats:
        """Return (n, m * paths) values."""
        packed = np.packbits(met, axis=1, bitorder="little").reshape(len(met), -1, self._bytes)
        factors = [
            np.take(products, packed[:, :, byte] + self._start, axis=0, mode="clip")
            for byte, products in enumerate(self._products)
        ]
        product = reduce(np.multiply, factors)
        is_met = met.reshape(len(met), self._paths, -1)[:, :, : self._length].transpose(0, 2, 1)
        return self._quadrature.values(product, is_met).reshape(len(met), -1)


def cells(length: int) -> int:
    """Return how many values a tabulated path of so many features takes."""
    return length << length


def _bytes(length: int) -> int:
    return -(-length // BYTE)


def _filled(splits: Sequence[Asked], size: int) -> list[Asked]:
    return [*splits, *[(splits[-1][0], ANYTHING)] * (size * BYTE - len(splits))]


def _filled_before(path: Path, length: int) -> list[Asked]:
    splits = list(path.splits.items())
    return [(splits[0][0], ANYTHING)] * (length - len(splits)) + splits


def _of_bytes(quadrature: Quadrature, cut: int) -> Floats:
    """Return (paths * 256, p) products over a byte's features; no other bit matters."""
    products = quadrature.products(slice(cut, cut + BYTE))
    # Higher bits are of the last feature, or of nothing.
    whole = np.concatenate([products] * ((1 << BYTE) // products.shape[1]), axis=1)
    return whole.reshape(-1, whole.shape[2])


def _parts(paths: Sequence[Path], length: int) -> Iterator[Sequence[Path]]:
    step = max(1, PART_CELLS // cells(length))
    return (paths[start : start + step] for start in range(0, len(paths), step))


def _table(paths: Sequence[Path]) -> Floats:
    """Return (paths * 2 ** m, m) values of every pattern."""
    length = len(paths[0])
    quadrature = _quadrature([list(path.splits.items()) for path in paths], paths)
    products = quadrature.products(slice(None)).transpose(1, 0, 2)
    met = bits_of(np.arange(1 << length)[:, None], length)
    # The highest bit is of the last feature, which no product is of.
    values = quadrature.values(np.concatenate([products, products]), met)
    return values.transpose(2, 0, 1).reshape(-1, length)


def _quadrature(splits: Sequence[Sequence[Asked]], paths: Sequence[Path]) -> Quadrature:
    share = np.array([[split.share for _, split in one] for one in splits])
    value, beside = (np.array(each) for each in zip(*((p.value, p.beside) for p in paths), strict=True))
    return Quadrature.of(share, value, beside)
