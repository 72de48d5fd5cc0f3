"""List the measures by which fraud models are compared."""

from collections.abc import Mapping

from training.metrics.bootstrap import Bootstrap
from training.metrics.figure import Figure
from training.metrics.ranked import (
    Bools,
    Measure,
    Scores,
    auc,
    average_precision,
    calibration_error,
    recall_at_capacity,
)

TOP_SHARE = 0.05  # of all rows, the highest-scored ones: what people may have time to look at
MEASURES: Mapping[str, Measure] = {
    "auc": auc,
    "average_precision": average_precision,
    "calibration_error": calibration_error,
    "recall_at_5_percent": recall_at_capacity(TOP_SHARE),
}


def measure_all(truth: Bools, scores: Scores) -> dict[str, Figure]:
    """Return every measure of some scores by its name."""
    rows = Bootstrap.by_row(truth, scores)
    return {name: rows.figure(measure) for name, measure in MEASURES.items()}
