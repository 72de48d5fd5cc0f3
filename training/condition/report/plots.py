"""Draw what a condition report shows: curves, reliability, confusions, what the photo gate catches."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from data.defect import DefectKind
from training.condition.measure.graded_photos import GradedPhoto
from training.metrics.ranked import reliability

# Okabe and Ito's colours; a second round of them is drawn with broken lines.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_BINS = 10
_COLUMNS = 5
# Panels with fewer bars leave room for as many, so that one bar is as wide as another.
_LEAST_BARS = 3


def draw_curves(scored: Sequence[GradedPhoto]) -> Figure:
    """Draw ROC and precision over recall, of real photos and of drawn ones apart."""
    figure = Figure(figsize=(12, 9.5), layout="constrained")
    axes = figure.subplots(2, 2)
    for column, is_drawn in enumerate((False, True)):
        part = [row for row in scored if row.is_drawn is is_drawn]
        what = "drawn photos" if is_drawn else "real photos"
        for number, (kind, labels, scores) in enumerate(_known(part)):
            style: dict[str, Any] = {
                "color": _COLOURS[number % len(_COLOURS)],
                "linestyle": "-" if number < len(_COLOURS) else "--",
                "label": f"{kind.replace('_', ' ')} (n = {labels.sum()} + {(~labels).sum()})",
            }
            false_alarms, recall, _ = roc_curve(labels, scores)
            axes[0, column].plot(false_alarms, recall, **style)
            precision, reached, _ = precision_recall_curve(labels, scores)
            axes[1, column].plot(reached, precision, **style)
        axes[0, column].axvline(0.05, color="#999", linewidth=0.8, linestyle=":")
        axes[0, column].set(title=f"ROC, {what}", xlabel="false alarms", ylabel="recall")
        axes[1, column].set(title=f"precision, {what}", xlabel="recall", ylabel="precision", ylim=(0, 1.02))
        _label(axes[0, column])
    return figure


def draw_reliability(scored: Sequence[GradedPhoto]) -> Figure:
    """Draw for each kind how often it was there against how likely it was said to be."""
    known = list(_known(scored))
    figure, panels = _panels(len(known), height=2.5)
    for axes, (kind, labels, scores) in zip(panels, known, strict=True):
        said, was, count = reliability(labels, scores, _BINS)
        axes.plot([0, 1], [0, 1], color="#999", linewidth=0.8)
        axes.plot(said, was, color=_COLOURS[0], linewidth=1)
        axes.scatter(said, was, s=4 + 60 * count / len(scores), color=_COLOURS[0])
        axes.set_title(f"{kind.replace('_', ' ')} (n = {len(labels)})", fontsize=9)
        axes.tick_params(labelsize=7)
    figure.supxlabel("probability said", fontsize=9)
    figure.supylabel("share that was so", fontsize=9)
    return figure


def draw_confusions(confusions: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw each confusion matrix: rows what it was, columns what it was taken for."""
    full = {name: each for name, each in confusions.items() if each["names"]}
    figure = Figure(figsize=(5.2 * max(1, len(full)), 4.6), layout="constrained")
    if not full:
        return figure
    for axes, (title, each) in zip(
        figure.subplots(1, len(full), squeeze=False)[0], full.items(), strict=True
    ):
        counts = np.array(each["counts"])
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            if count:
                ink = "white" if shares[row, column] > 0.5 else "black"
                axes.text(column, row, str(count), ha="center", va="center", fontsize=7, color=ink)
        names = [name.replace("_", " ") for name in each["names"]]
        axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=7)
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.set_title(f"{title} (n = {counts.sum()})", fontsize=9)
        axes.set_xlabel("taken for", fontsize=8)
        axes.set_ylabel("was", fontsize=8)
    return figure


def draw_caught(caught: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw for each fault the share caught by level, with its interval."""
    codes = list(dict.fromkeys(line["code"] for line in caught))
    figure, panels = _panels(len(codes), height=2.6)
    for axes, code in zip(panels, codes, strict=True):
        lines = [line for line in caught if line["code"] == code]
        value = np.array([line["caught"]["value"] or 0.0 for line in lines])
        ends = np.array([[line["caught"]["low"], line["caught"]["high"]] for line in lines]).T
        axes.bar(range(len(lines)), value, color=_COLOURS[5], width=0.6)
        axes.errorbar(
            range(len(lines)), value, np.abs(ends - value), fmt="none", ecolor=_COLOURS[0], capsize=3
        )
        names = ["" if line["level"] is None else f"{line['level']:g}" for line in lines]
        axes.set_xticks(range(len(lines)), names, fontsize=8)
        axes.set(xlim=(-0.7, max(len(lines), _LEAST_BARS) - 0.3), ylim=(0, 1.05))
        axes.set_title(code.replace("_", " "), fontsize=9)
        axes.set_xlabel(lines[0]["unit"], fontsize=7)
    return figure


def _known(rows: Sequence[GradedPhoto]) -> Iterator[tuple[DefectKind, Any, Any]]:
    """Yield each kind of which there are positives and negatives, with labels and probabilities."""
    for kind in DefectKind:
        part = [row for row in rows if kind in row.labels]
        labels = np.array([row.labels[kind] for row in part], bool)
        if labels.any() and not labels.all():
            yield kind, labels, np.array([row.probabilities[kind] for row in part], float)


def _label(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7)


def _panels(count: int, *, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many panels in rows, each so many inches high."""
    rows = max(1, -(-count // _COLUMNS))
    figure = Figure(figsize=(12, height * rows), layout="constrained")
    panels = list(figure.subplots(rows, _COLUMNS, squeeze=False).ravel())
    for axes in panels[count:]:
        axes.set_axis_off()
    return figure, panels[:count]
