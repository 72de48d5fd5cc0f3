"""Draw what a fraud model does: reliability, precision against recall, and where the scores lie."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve

from data.fraud import Moment
from training.fraud.operating import at_capacity
from training.fraud.world.rated import Rating
from training.metrics.ranked import CALIBRATION_BINS, Bools, Scores, reliability
from training.picture import to_data_uri

WIDTH, HEIGHT, PANELS = 11.0, 3.6, 3
_DPI = 110


def draw_reliability(groups: Mapping[str, tuple[Bools, Scores]]) -> Figure:
    """Draw what was said against what was true, in bins of equal width, one panel a group."""
    rows = -(-len(groups) // PANELS)
    figure = Figure(figsize=(WIDTH, HEIGHT * rows), layout="constrained")
    panels = figure.subplots(rows, PANELS).flatten()
    for axes, (name, (truth, scores)) in zip(panels, groups.items(), strict=False):
        said, was, count = reliability(truth, scores, CALIBRATION_BINS)
        spread = 1.96 * np.sqrt(was * (1.0 - was) / count)
        axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        axes.errorbar(said, was, spread, fmt="none", ecolor="0.6", linewidth=1)
        axes.scatter(said, was, s=8 + 40 * np.sqrt(count / count.max()), color="#0b6e4f")
        axes.set(title=f"{name.replace('_', ' ')}, n {len(truth):,}", xlim=(0, 1), ylim=(0, 1))
        axes.set(xlabel="probability said", ylabel="share that was fraud")
    return figure


def draw_precision_recall(rating: Rating, rivals: Mapping[str, Scores]) -> Figure:
    """Draw precision against recall of every moment and rival, and the scores of fraud and honest at T2."""
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    left, right = figure.subplots(1, 2)
    curves = {moment.value: (rated.truth, rated.scores) for moment, rated in rating.items()}
    verified = rating[Moment.T2]
    curves |= {f"T2, {name.replace('_', ' ')}": (verified.truth, scores) for name, scores in rivals.items()}
    for (name, (truth, scores)), style in zip(curves.items(), ("-", "-", "-", "--", ":"), strict=True):
        precision, recall, _ = precision_recall_curve(truth, scores)
        left.plot(recall, precision, style, label=name)
    left.set(title="precision against recall", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    left.legend()
    edges = np.linspace(0, 1, 41)
    for truth, label, colour in ((~verified.truth, "honest", "0.6"), (verified.truth, "fraud", "#b3001b")):
        right.hist(verified.scores[truth], bins=edges, density=True, alpha=0.6, label=label, color=colour)
    right.set(title="scores at T2", xlabel="probability said", ylabel="density", yscale="log")
    right.legend()
    return figure


def draw_money(rating: Rating, rivals: Mapping[str, Scores]) -> Figure:
    """Draw what looking at the highest-scored returns saves, by how many of them are looked at, at T2."""
    figure = Figure(figsize=(WIDTH / 2, HEIGHT), layout="constrained")
    axes = figure.subplots()
    verified = rating[Moment.T2]
    shares = np.linspace(0.002, 0.2, 60)
    for name, scores in {"model": verified.priority, **rivals}.items():
        rows = verified.scored(scores)
        net = [at_capacity(float(share), rows).net_usd / 1000.0 for share in shares]
        axes.plot(100.0 * shares, net, label=name.replace("_", " "))
    axes.set(title="saved at T2, after costs", xlabel="reviewed, % of returns", ylabel="thousand USD")
    axes.legend()
    return figure


def as_image(figure: Figure) -> str:
    """Return a figure as an HTML image that carries its own bytes."""
    return f'<img alt="" src="{to_data_uri(figure, dpi=_DPI)}">'
