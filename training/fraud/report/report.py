"""Write a fraud report as one page that a person can read: tables, reliability, ranking."""

import html
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.fraud import Moment
from training.fraud.fraud_measures import MEASURES
from training.fraud.report.plots import as_image, draw_money, draw_precision_recall, draw_reliability
from training.fraud.report.policy_file import Report
from training.fraud.world.rated import Rating
from training.metrics.figure import in_words
from training.metrics.ranked import Scores

PAGE = Path(__file__).parent / "report.html"
RANKING = ("auc", "average_precision")


def write_page(report: Report, rating: Rating, rivals: Mapping[str, Scores], path: Path) -> Path:
    """Write the report as one HTML file with its pictures inside, and return its path."""
    verified = rating[Moment.T2]
    moments = {f"{moment.value}": (rated.truth, rated.scores) for moment, rated in rating.items()}
    channels = {
        name: (verified.truth[kept], verified.scores[kept]) for name, kept in verified.channels().items()
    }
    page = string.Template(PAGE.read_text(encoding="utf-8")).substitute(
        version=html.escape(str(report["model"]["version"])),
        caveat=html.escape(report["caveat"]),
        world=html.escape(", ".join(f"{key} {value}" for key, value in report["world"].items())),
        served=_figures("moment", report["served"], tuple(MEASURES)),
        others=_figures("scored by", _compared(report), RANKING),
        points=_points(report),
        typologies=_typologies(report),
        slices=_slices(report),
        reliability=as_image(draw_reliability(moments)),
        channels=as_image(draw_reliability(channels)),
        ranking=as_image(draw_precision_recall(rating, rivals)),
        money=as_image(draw_money(rating, rivals)),
    )
    path.write_text(page, encoding="utf-8")
    return path


def format_figure(figure: Report | None) -> str:
    """Return a figure as 'value (low to high), n', or a dash where there is none."""
    if figure is None or figure["value"] is None:
        return "–"
    return f"{in_words(figure['value'], figure['low'], figure['high'])}, n {figure['n']:,}"


def _compared(report: Report) -> dict[str, Any]:
    return {"this model": report["served"]["T2"], **report["side_by_side_at_T2"]}


def _figures(title: str, rows: Mapping[str, Report], measures: Sequence[str]) -> str:
    cells = ([name, *(format_figure(row.get(measure)) for measure in measures)] for name, row in rows.items())
    return _table([title, *measures], cells)


def _points(report: Report) -> str:
    named = [(name, point) for name, points in report["operating_points"].items() for point in points]
    named += [("policy in force", point) for point in report["policy"].values()]
    keys = ("name", "threshold", "reviewed_share", "precision", "recall", "prevented_usd", "net_usd", "n")
    cells = ([name, *(_written(point[key]) for key in keys)] for name, point in named)
    return _table(["looked at by", "operating point", *keys[1:]], cells)


def _typologies(report: Report) -> str:
    """Show each kind: found at each capacity, named rightly, and found though it was withheld."""
    points = report["operating_points"]["model"]
    titles = ["kind", *(f"recall, {point['name']}" for point in points), "named rightly"]
    titles += ["withheld: score alone", "with the surprise", "gain"]
    rows = (
        [
            kind,
            *(format_figure(point["recall_by_typology"][kind]) for point in points),
            format_figure(report["kinds"][kind]),
            *(format_figure(one) for one in unseen.values()),
        ]
        for kind, unseen in report["withheld"].items()
    )
    return _table(titles, rows)


def _slices(report: Report) -> str:
    """Show channels and value bands: what each capacity does there, and calibration."""
    keys = ("reviewed_share", "precision", "recall", "prevented_usd", "n")
    rows = [
        [name, point["name"], *(_written(row[key]) for key in keys), format_figure(error)]
        for section in ("by_channel", "by_value")
        for name in report[section]
        for point in report["operating_points"]["model"]
        for row, error in [(point[section][name], report[section][name].get("calibration_error"))]
    ]
    return _table(["slice", "operating point", *keys, "calibration error"], rows)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def _table(titles: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(title.replace('_', ' '))}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell.replace('_', ' '))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
