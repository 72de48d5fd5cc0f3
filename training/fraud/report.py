"""Show a fraud report as one page that a person can read: tables, reliability, ranking."""

import html
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.fraud import Moment
from training.fraud.metrics import Scores, Truth
from training.fraud.plots import as_image, draw_precision_recall, draw_reliability

PAGE = Path(__file__).parent / "report.html"
MEASURES = ("auc", "average_precision", "calibration_error", "recall_at_5_percent")
Report = Mapping[str, Any]


def write_page(
    report: Report, truths: Mapping[Moment, Truth], scores: Mapping[Moment, Scores], path: Path
) -> Path:
    """Write the report as one HTML file with its pictures inside, and return its path."""
    page = string.Template(PAGE.read_text(encoding="utf-8")).substitute(
        version=html.escape(str(report["model"]["version"])),
        caveat=html.escape(report["caveat"]),
        world=html.escape(", ".join(f"{key} {value}" for key, value in report["world"].items())),
        served=_figures("moment", report["served"], MEASURES),
        others=_figures("scored by", _compared(report), MEASURES[:2]),
        points=_points(report),
        typologies=_typologies(report["by_typology"]),
        slices=_figures("slice", {**report["by_channel"], **report["by_value"]}, (MEASURES[3], MEASURES[2])),
        reliability=as_image(draw_reliability(truths, scores)),
        ranking=as_image(draw_precision_recall(truths, scores)),
    )
    path.write_text(page, encoding="utf-8")
    return path


def format_figure(figure: Report | None) -> str:
    """Return a figure as 'value (low to high), n', or a dash where there is none."""
    if figure is None:
        return "–"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f}), n {figure['n']:,}"


def _compared(report: Report) -> dict[str, Any]:
    """Put the model before its rivals; the linear model was measured when the model was trained."""
    rows = {"this model": report["served"]["T2"], **report["side_by_side_at_T2"]}
    if report["linear_at_training"]:
        rows["linear model, at training"] = report["linear_at_training"]
    return rows


def _figures(title: str, rows: Mapping[str, Report], measures: Sequence[str]) -> str:
    cells = ([name, *(format_figure(row.get(measure)) for measure in measures)] for name, row in rows.items())
    return _table([title, *measures], cells)


def _points(report: Report) -> str:
    named = [("model, by capacity", point) for point in report["operating_points"]["model"]]
    named += [("points rule, by capacity", point) for point in report["operating_points"]["points_rule"]]
    named.append(("model, best paying", report["operating_points"]["best_paying"]))
    named += [(f"policy: {name}", point) for name, point in report["policy"].items()]
    keys = ("threshold", "reviewed_share", "precision", "recall", "prevented_usd", "net_usd", "n")
    return _table(
        ["looked at", *keys], ([name, *(f"{point[key]:,}" for key in keys)] for name, point in named)
    )


def _typologies(rows: Mapping[str, Report]) -> str:
    keys = ("n", "recall_at_5_percent", "mean_probability")
    return _table(["kind", *keys], ([name, *(str(row[key]) for key in keys)] for name, row in rows.items()))


def _table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(title.replace('_', ' '))}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell.replace('_', ' '))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
