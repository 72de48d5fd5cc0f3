"""Draw what a fraud model does: reliability, precision against recall, and where the scores lie."""

import base64
import io
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from data.fraud import Moment
from training.fraud.metrics import BINS, Scores, Truth

WIDTH, HEIGHT = 11.0, 3.6


def draw_reliability(truths: Mapping[Moment, Truth], scores: Mapping[Moment, Scores]) -> Figure:
    """Draw what was said against what was true, in bins of equal width, one panel a moment."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    for axes, moment in zip(figure.subplots(1, len(Moment)), Moment, strict=True):
        said, was, count = _bins(truths[moment], scores[moment])
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        axes.scatter(said, was, s=8 + 40 * np.sqrt(count / count.max()), color="#0b6e4f")
        axes.set(
            title=f"{moment.value}: reliability", xlabel="probability said", ylabel="share that was fraud"
        )
        axes.set(xlim=(0, 1), ylim=(0, 1))
    return figure


def draw_precision_recall(truths: Mapping[Moment, Truth], scores: Mapping[Moment, Scores]) -> Figure:
    """Draw precision against recall of every moment, and the scores of both kinds of return at T2."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    left, right = figure.subplots(1, 2)
    for moment in Moment:
        precision, recall, _ = precision_recall_curve(truths[moment], scores[moment])
        left.plot(recall, precision, label=moment.value)
    left.set(title="precision against recall", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    left.legend()
    truth, score = truths[Moment.T2], scores[Moment.T2]
    edges = np.linspace(0, 1, 41)
    right.hist(score[~truth], bins=edges, density=True, alpha=0.6, label="honest", color="0.6")
    right.hist(score[truth], bins=edges, density=True, alpha=0.6, label="fraud", color="#b3001b")
    right.set(title="scores at T2", xlabel="probability said", ylabel="density", yscale="log")
    right.legend()
    return figure


def as_image(figure: Figure) -> str:
    """Return a figure as an HTML image that carries its own bytes."""
    body = io.BytesIO()
    figure.savefig(body, format="png", dpi=110)
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(body.getvalue()).decode()}">'


def _bins(truth: Truth, scores: Scores) -> tuple[Scores, Scores, Scores]:
    place = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(place, minlength=BINS).astype(np.float64)
    kept = count > 0
    said = np.bincount(place, weights=scores, minlength=BINS)[kept] / count[kept]
    was = np.bincount(place, weights=truth.astype(np.float64), minlength=BINS)[kept] / count[kept]
    return said, was, count[kept]
