"""Write a condition report as a page that a person can read: figures, pictures, and where it fails."""

import base64
import html
import io
import string
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from training.condition.measure.graded_photos import GradedPhoto
from training.condition.measure.risk import draw_curve
from training.condition.report import html_tables as tables
from training.condition.report.plots import (
    draw_caught,
    draw_confusions,
    draw_curves,
    draw_reliability,
)
from training.picture import to_data_uri

_PAGE = Path(__file__).parent / "report.html"
_PHOTO_QUALITY = 82
_MOST_WRONG = 30
# Whether a page shows drawn photos of its own, or those that a training run fitted its calibration on.
_FITTED = {
    True: "Probabilities and thresholds were fitted on the same real photos, which flatters calibration and "
    "false alarms there; the drawn ones are new to them.",
    False: "Probabilities and thresholds were fitted on these photos, which flatters calibration and "
    "false alarms.",
}
_TITLES = {
    "device_class": "By device class",
    "view": "By view",
    "light": "By light",
    "severity": "By severity",
    "novelty": "What training never saw",
}


def write_html(
    report: Mapping[str, Any], scored: Sequence[GradedPhoto], path: Path, misses: Image.Image | None = None
) -> Path:
    """Write a report as one HTML file with its pictures inside; `misses` shows drawn photos only."""
    sections = list(_sections(report, scored, misses))
    links = "".join(f'<a href="#{name}">{html.escape(title)}</a>' for name, title, _ in sections)
    body = "".join(f'<h2 id="{name}">{html.escape(title)}</h2>{text}' for name, title, text in sections)
    model, photos = report["model"], report["photos"]
    page = string.Template(_PAGE.read_text(encoding="utf-8")).substitute(
        version=html.escape(str(model["version"])),
        identity=html.escape(f"{model['name']} {model['version']}, sha256 {model['sha256']}"),
        real=photos["real"],
        drawn=photos["drawn"],
        held_out=photos["held_out_drawn"],
        fitted=_FITTED["drawn" in report],
        links=links,
        sections=body,
    )
    path.write_text(page, encoding="utf-8")
    return path


def _sections(
    report: Mapping[str, Any], scored: Sequence[GradedPhoto], misses: Image.Image | None
) -> Iterator[tuple[str, str, str]]:
    """Yield name, title and HTML of what the report holds; a training run's own report holds less."""
    yield "sources", "By source", tables.slice_table(report["slices"])
    for dimension, values in report.get("drawn", {}).items():
        yield dimension, f"{_TITLES[dimension]}, drawn photos", tables.dimension_table(values)
    if "places" in report:
        yield "places", "Places and sizes, drawn photos", _places(report)
    if "grades" in report:
        yield "grades", "Grades of whole devices, drawn", _grades(report["grades"])
    if "gate" in report:
        yield "gate", "Photo gate", _gate(report["gate"])
    yield "answers", "Other answers", tables.head_table(report["heads"]) + _confusions(report)
    yield "curves", "Curves", _picture(to_data_uri(draw_curves(scored)), "ROC and precision curves")
    reliability = to_data_uri(draw_reliability(scored))
    yield "reliability", "Reliability, all photos", _picture(reliability, "probability against share")
    if misses is not None:
        yield "misses", "Worst misses, drawn photos", _misses(misses)


def _places(report: Mapping[str, Any]) -> str:
    note = (
        "<p>Overlap is intersection over union in cells of the map, mean over the photos that show the kind. "
        "The length is that of the longest piece of a damage that is alone of its kind on its photo, pieces "
        "joined as serving joins them; nobody told serving the device's class or size.</p>"
    )
    boxes = (
        "<p>A box counts as found where it overlaps a true one by half or more; n is true boxes + photos "
        "without any. What a person outlined on lab screens is the only real truth among these.</p>"
    )
    return note + tables.place_table(report["places"]) + boxes + tables.box_table(report["boxes"])


def _grades(stated: Mapping[str, Any]) -> str:
    names = ("quadratic_kappa", "quadratic_kappa_of_shown", "quadratic_kappa_of_decided")
    all_there, shown, decided = (format_kappa(stated[name]) for name in names)
    note = (
        f"<p>{stated['devices']} drawn devices with several photos each, graded however sure; the true "
        f"grade is the house pack on their exact defects. Quadratic kappa {all_there}; against the grade of "
        f"those defects that the photos show {shown}; of the devices decided without a person {decided}.</p>"
    )
    matrix = to_data_uri(draw_confusions({"grade": grade_confusion(stated["confusion"])}))
    curve = to_data_uri(draw_curve(stated))
    pictures = _picture(matrix, "true against given grades") + _picture(curve, "risk over coverage")
    wrong = stated.get("wrong", ())
    return note + tables.risk_table(stated["curve"]) + pictures + (_wrong(wrong) if wrong else "")


def _wrong(wrong: Sequence[Mapping[str, Any]]) -> str:
    over = sum(one["graded"] == "too well" for one in wrong)
    shown = f"; the {_MOST_WRONG} surest" if len(wrong) > _MOST_WRONG else ""
    note = f"<p>Graded too well: {over}, too badly: {len(wrong) - over}{shown}. What decided each:</p>"
    return note + tables.wrong_table(wrong[:_MOST_WRONG])


def format_kappa(agreement: Mapping[str, Any]) -> str:
    """Return a kappa as 'value [low, high] (n = devices)', or that it can't be told."""
    if agreement["value"] is None:
        return f"can't be told (n = {agreement['n']})"
    interval = "" if agreement["low"] is None else f" [{agreement['low']:.3f}, {agreement['high']:.3f}]"
    return f"{agreement['value']:.3f}{interval} (n = {agreement['n']})"


def grade_confusion(confusion: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return true against given grades, none of them last, as the matrices of the report."""
    names = list(dict.fromkeys([*confusion, *(given for row in confusion.values() for given in row)]))
    counts = [[confusion.get(true, {}).get(given, 0) for given in names] for true in names]
    return {"names": names, "counts": counts}


def _gate(gate: Mapping[str, Any]) -> str:
    note = (
        "<p>Tidy drawn photos, spoilt by known amounts one at a time; how much of each is caught. "
        "Slight faults leave a photo usable: not all of them should be refused.</p>"
    )
    picture = (
        _picture(to_data_uri(draw_caught(gate["caught"])), "share caught by level") if gate["caught"] else ""
    )
    usable = (
        "<p>Usable photos that get a code all the same. Those below the least size are counted apart.</p>"
    )
    return (
        note + picture + tables.caught_table(gate["caught"]) + usable + tables.refused_table(gate["refused"])
    )


def _confusions(report: Mapping[str, Any]) -> str:
    if "confusions" not in report:
        return ""
    return _picture(to_data_uri(draw_confusions(report["confusions"])), "confusion matrices")


def _misses(picture: Image.Image) -> str:
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=_PHOTO_QUALITY)
    uri = "data:image/jpeg;base64," + base64.b64encode(body.getvalue()).decode()
    note = "<p>Left the photo with the true places of the kind (pink), right what an operator would see.</p>"
    return note + _picture(uri, "photos with true and served places")


def _picture(uri: str, text: str) -> str:
    return f'<img alt="{html.escape(text)}" src="{uri}">'
