"""Fit a linear model on the same rows, to show what the trees add."""

from typing import cast

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from training.fraud.table import Matrix, Part, Table, Values

MOST_ROWS = 60_000


def fit_linear(table: Table) -> Pipeline:
    """Fit a logistic regression on clipped, standardised features, each with a flag for unknown."""
    rows = table.only(Part.FIT, Part.STOP)
    kept = np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    return model.fit(
        _spread(rows.matrix[kept]), rows.target[kept], logisticregression__sample_weight=rows.weight[kept]
    )


def linear_scores(model: Pipeline, matrix: Matrix) -> Values:
    """Return the linear model's probabilities."""
    return cast(Values, model.predict_proba(_spread(matrix))[:, 1])


def _spread(matrix: Matrix) -> Matrix:
    unknown = np.isnan(matrix)
    known = np.clip(np.where(unknown, 0.0, matrix), -1e4, 1e4)
    return np.concatenate([np.sign(known) * np.log1p(np.abs(known)), unknown], axis=1).astype(np.float32)
