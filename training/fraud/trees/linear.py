"""Fit a linear model on the same rows, to show what the trees add; it travels with the release."""

import io
from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from training.fraud.rows import Labelled, Matrix, Part, Values

MOST_ROWS = 60_000
LINEAR_FILE = "linear.npz"


@dataclass(frozen=True)
class LinearModel:
    """A logistic regression on clipped, standardised features, each with a flag for unknown."""

    mean: Values
    scale: Values
    weight: Values
    offset: Values

    @classmethod
    def fit(cls, labelled: Labelled) -> Self:
        """Fit on at most MOST_ROWS of the rows the trees are fitted on."""
        rows = labelled.only(Part.FIT, Part.STOP)
        kept = np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS]
        scaler = StandardScaler()
        spread = scaler.fit_transform(_spread(rows.matrix[kept]))
        model = LogisticRegression(C=0.1, max_iter=300)
        model.fit(spread, rows.target[kept], sample_weight=rows.weight[kept])
        return cls(scaler.mean_, scaler.scale_, model.coef_[0], model.intercept_)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read the file that to_bytes made."""
        with np.load(io.BytesIO(body)) as arrays:
            return cls(**{name: arrays[name] for name in ("mean", "scale", "weight", "offset")})

    def to_bytes(self) -> bytes:
        """Return the file that travels with a release."""
        body = io.BytesIO()
        np.savez_compressed(body, **vars(self))
        return body.getvalue()

    def scores(self, matrix: Matrix) -> Values:
        """Return the log odds of each row."""
        parts = np.array_split(matrix, max(1, len(matrix) // 20_000))
        return np.concatenate([self._odds(part) for part in parts])

    def _odds(self, matrix: Matrix) -> Values:
        return np.asarray((_spread(matrix) - self.mean) / self.scale @ self.weight + self.offset)


def _spread(matrix: Matrix) -> Matrix:
    unknown = np.isnan(matrix)
    known = np.clip(np.where(unknown, 0.0, matrix), -1e4, 1e4)
    return np.concatenate([np.sign(known) * np.log1p(np.abs(known)), unknown], axis=1).astype(np.float32)
