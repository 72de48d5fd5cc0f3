"""Define the rows to learn from: features, target, weights, and the part of the split of each row."""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Values = NDArray[np.float64]
Labels = NDArray[np.int8]


class Part(IntEnum):
    """The uses of a row, in order of time."""

    FIT = 0
    STOP = 1
    CALIBRATE = 2
    TEST = 3


@dataclass(frozen=True)
class Labelled:
    """n rows of features under `names`.

    target is 1 for fraud as far as anybody said; weight makes up for rows that were unlikely to get a
    label; part follows Part; group names the thing a row is about, so that it stays in one part; stage is
    the calibration group of each row (the moment, for returns); typology is what kind of fraud a reviewer
    found, -1 for none.
    """

    names: tuple[str, ...]
    matrix: Matrix
    target: Labels
    weight: Values
    part: Labels
    group: NDArray[np.int64]
    stage: Labels
    typology: Labels

    def __len__(self) -> int:
        return len(self.target)

    @property
    def returns(self) -> int:
        """Return how many different things the rows are about."""
        return len(np.unique(self.group))

    def only(self, *parts: Part) -> "Labelled":
        """Return the rows of some parts."""
        return self.where(np.isin(self.part, parts))

    def where(self, kept: NDArray[np.bool_]) -> "Labelled":
        """Return some of the rows."""
        return Labelled(
            self.names,
            self.matrix[kept],
            self.target[kept],
            self.weight[kept],
            self.part[kept],
            self.group[kept],
            self.stage[kept],
            self.typology[kept],
        )

    def sha256(self) -> str:
        """Return the hash of all rows: names, features, targets, weights and parts."""
        digest = hashlib.sha256("\n".join(self.names).encode())
        for array in (self.matrix, self.target, self.weight, self.part):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()
