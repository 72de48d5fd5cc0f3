"""Show a condition report as a page that a person can read: tables, ROC curves, reliability."""

import base64
import html
import io
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy as np
from sklearn.metrics import roc_curve

from data.defect import DefectKind
from training.condition.score import Scored

_PAGE = Path(__file__).parent / "report.html"


def write_html(report: Mapping[str, Any], scored: Sequence[Scored], path: Path) -> Path:
    """Write a report as one HTML file with its pictures inside."""
    page = string.Template(_PAGE.read_text(encoding="utf-8")).substitute(
        version=html.escape(str(report["model"]["version"])),
        real=report["photos"]["real"],
        drawn=report["photos"]["drawn"],
        rows="".join(_row(part) for part in report["slices"]),
        heads="".join(_head(name, head) for name, head in report["heads"].items()),
        roc=_picture(_draw_roc(scored)),
        reliability=_picture(_draw_reliability(scored)),
    )
    path.write_text(page, encoding="utf-8")
    return path


def format_figure(figure: Mapping[str, Any]) -> str:
    """Return a figure as 'value [low, high] (n = positives + negatives)', or a dash where there is none."""
    if figure["value"] is None:
        return "–"
    count = f"(n = {figure['positives']} + {figure['negatives']})"
    interval = "" if figure["low"] is None else f"[{figure['low']:.3f}, {figure['high']:.3f}] "
    return f"{figure['value']:.3f} {interval}{count}"


def format_share(figure: Mapping[str, Any]) -> str:
    """Return a share as 'value [low, high] (n = all)', or a dash where there is none."""
    if figure["value"] is None:
        return "–"
    count = figure["positives"] + figure["negatives"]
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}] (n = {count})"


def _row(part: Mapping[str, Any]) -> str:
    cells = [
        part["name"],
        part["kind"],
        format_figure(part["auc"]),
        format_figure(part["recall_at_5_percent_false_alarms"]),
        format_figure(part["expected_calibration_error"]),
        format_share(part["false_alarms_at_threshold"]),
    ]
    return "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells) + "</tr>"


def _head(name: str, head: Mapping[str, Any]) -> str:
    share = "–" if head["share"] is None else f"{head['share']:.3f}"
    return f"<tr><td>{html.escape(name)}</td><td>{share}</td><td>{head['n']}</td></tr>"


def _known(scored: Sequence[Scored], kind: DefectKind) -> tuple[Any, Any]:
    rows = [row for row in scored if kind in row.labels]
    labels = np.array([row.labels[kind] for row in rows], bool)
    return labels, np.array([row.probabilities[kind] for row in rows], float)


def _draw_roc(scored: Sequence[Scored]) -> matplotlib.figure.Figure:
    figure = matplotlib.figure.Figure(figsize=(11, 4.5), layout="constrained")
    for axes, is_drawn in zip(figure.subplots(1, 2), (False, True), strict=True):
        part = [row for row in scored if row.is_drawn is is_drawn]
        for kind in DefectKind:
            labels, scores = _known(part, kind)
            if labels.any() and not labels.all():
                false_alarms, recall, _ = roc_curve(labels, scores)
                axes.plot(false_alarms, recall, label=kind.value)
        axes.set(title="drawn photos" if is_drawn else "real photos", xlabel="false alarms", ylabel="recall")
        axes.legend(fontsize=7)
    return figure


def _draw_reliability(scored: Sequence[Scored]) -> matplotlib.figure.Figure:
    figure = matplotlib.figure.Figure(figsize=(11, 4.5), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 2), (DefectKind.CRACK, DefectKind.SCRATCH), strict=True):
        labels, scores = _known(scored, kind)
        bins = np.minimum((scores * 10).astype(int), 9)
        full = [number for number in range(10) if (bins == number).any()]
        axes.plot([0, 1], [0, 1], color="#999", linewidth=1)
        axes.plot(
            [scores[bins == number].mean() for number in full],
            [labels[bins == number].mean() for number in full],
            marker="o",
        )
        axes.set(title=f"{kind.value}, real and drawn", xlabel="probability said", ylabel="share that was so")
    return figure


def _picture(figure: matplotlib.figure.Figure) -> str:
    body = io.BytesIO()
    figure.savefig(body, format="png", dpi=110)
    return "data:image/png;base64," + base64.b64encode(body.getvalue()).decode()
