"""Set the figures of a condition report as HTML tables."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from data.defect import DefectKind
from serving.wording import say
from training.metrics.figure import Share

Cell = tuple[str, str]
"""A table cell: its text and its class."""


def format_figure(figure: Mapping[str, Any]) -> str:
    """Return a figure as 'value [low, high] (n = positives + negatives)', or a dash where there is none."""
    if figure["value"] is None:
        return "–"
    return f"{figure['value']:.3f} {_interval(figure)}(n = {figure['positives']} + {figure['negatives']})"


def format_share(figure: Mapping[str, Any]) -> str:
    """Return a share as 'value [low, high] (n = all)', or a dash where there is none."""
    if figure["value"] is None:
        return "–"
    count = figure["n"] if "n" in figure else figure["positives"] + figure["negatives"]
    return f"{figure['value']:.3f} {_interval(figure)}(n = {count})"


def table(head: Sequence[str], rows: Iterable[Sequence[str | Cell]]) -> str:
    """Return a table; cells are text, or text with a class."""
    top = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    return f"<div class=wide><table><tr>{top}</tr>{''.join(map(_row, rows))}</table></div>"


def slice_table(slices: Sequence[Mapping[str, Any]]) -> str:
    """Return a row for each slice."""
    head = (
        "photos",
        "defect",
        "AUC",
        "recall at 5 % false alarms",
        "calibration error",
        "false alarms at threshold",
    )
    return table(head, (_slice_row(part) for part in slices))


def dimension_table(values: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return AUC and recall of each kind for each value of a dimension; blank where there are too few."""
    known = {part["kind"] for slices in values.values() for part in slices}
    if not known:
        return "<p>Too few photos of each to measure: draw more.</p>"
    measured = [value for value, slices in values.items() if slices]
    rows: list[list[str | Cell]] = []
    for kind in (kind for kind in DefectKind if kind in known):
        found = {value: part for value in measured for part in values[value] if part["kind"] == kind}
        rows.append([say(kind), *(_dimension_cell(found.get(value)) for value in measured)])
    few = ", ".join(say(value) for value in values if value not in measured)
    note = f"<p class=quiet>Too few photos to measure any defect: {html.escape(few)}.</p>" if few else ""
    return table(["defect", *map(say, measured)], rows) + note


def place_table(places: Sequence[Mapping[str, Any]]) -> str:
    """Return how well each kind is placed and measured."""
    head = (
        "defect",
        "overlap, missed as 0",
        "overlap of those found",
        "median error of length",
        "median too long (+) or short (-)",
    )
    rows = [
        (
            say(each["kind"]),
            format_share(each["overlap"]),
            format_share(each["overlap_of_found"]),
            format_share(each["size_error"]),
            format_share(each["size_bias"]),
        )
        for each in places
    ]
    return table(head, rows)


def box_table(boxes: Sequence[Mapping[str, Any]]) -> str:
    """Return the average precision of boxes; n is true boxes + photos without any."""
    rows = [
        (each["photos"], say(each["kind"]), format_figure(each["average_precision_50"])) for each in boxes
    ]
    return table(("photos", "defect", "average precision at half overlap"), rows)


def caught_table(caught: Sequence[Mapping[str, Any]]) -> str:
    """Return what the gate catches of each fault and level."""
    rows = [
        (
            say(line["code"]),
            "" if line["level"] is None else f"{line['level']:g} {line['unit']}",
            format_share(line["caught"]),
            format_share(line["refused"]),
        )
        for line in caught
    ]
    return table(("fault", "how gross", "gets its code", "gets any code"), rows)


def refused_table(refused: Sequence[Mapping[str, Any]]) -> str:
    """Return which usable photos of each source get a code, and which."""
    rows = []
    for each in refused:
        codes = ", ".join(f"{say(code)} {count}" for code, count in each["codes"].items() if count)
        small = f"{each['too_small']['hits']} of {each['too_small']['n']}"
        rows.append((each["source"], small, format_share(each["refused"]), (codes or "none", "text")))
    return table(("photos", "too small", "others refused", "for"), rows)


def risk_table(curve: Sequence[Mapping[str, Any]]) -> str:
    """Return what deciding from each probability on does: too good grades and too bad ones apart.

    Of probabilities that decide the same devices, the lowest is shown.
    """
    head = ("decided from", "decided", "graded too well", "graded too badly")
    rows = [
        (
            f"{point['threshold']:g}",
            f"{point['decided']} of {point['devices']}",
            _part(point["over"], point["decided"]),
            _part(point["under"], point["decided"]),
        )
        for point in {point["decided"]: point for point in curve if point["decided"]}.values()
    ]
    return table(head, rows)


def wrong_table(wrong: Sequence[Mapping[str, Any]]) -> str:
    """Return each wrongly graded device with what decides its true grade and what decided the given one."""
    head = (
        "graded",
        "given",
        "true",
        "probability of the given",
        "what decides the true grade",
        "what decided",
    )
    rows = [
        (
            each["graded"],
            each["given"],
            each["truth"],
            f"{each['chance']:.2f}",
            (each["true_limit"], "text"),
            (each["given_limit"], "text"),
        )
        for each in wrong
    ]
    return table(head, rows)


def head_table(heads: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what the other answers reach."""
    rows = [(name, format_share({"value": head["share"], **head})) for name, head in heads.items()]
    return table(("what", "right"), rows)


def _interval(figure: Mapping[str, Any]) -> str:
    return "" if figure["low"] is None else f"[{figure['low']:.3f}, {figure['high']:.3f}] "


def _slice_row(part: Mapping[str, Any]) -> list[str | Cell]:
    return [
        say(part["name"]),
        say(part["kind"]),
        (format_figure(part["auc"]), _shade(part["auc"]["value"])),
        format_figure(part["recall_at_5_percent_false_alarms"]),
        format_figure(part["expected_calibration_error"]),
        format_share(part["false_alarms_at_threshold"]),
    ]


def _dimension_cell(part: Mapping[str, Any] | None) -> Cell:
    if part is None or part["auc"]["value"] is None:
        return "", "few"
    auc, recall = part["auc"], part["recall_at_5_percent_false_alarms"]["value"]
    interval = "" if auc["low"] is None else f" [{auc['low']:.2f}, {auc['high']:.2f}]"
    text = f"{auc['value']:.2f}{interval} · recall {recall:.2f} · {auc['positives']} + {auc['negatives']}"
    return text, _shade(auc["value"])


def _shade(value: float | None) -> str:
    """Return the class of an AUC: reached what is asked for, near it, or not."""
    if value is None:
        return "few"
    return "good" if value >= 0.95 else "near" if value >= 0.8 else "poor"


def _part(hits: int, count: int) -> str:
    return format_share(Share(hits, count).to_json())


def _row(cells: Sequence[str | Cell]) -> str:
    return f"<tr>{''.join(map(_cell, cells))}</tr>"


def _cell(cell: str | Cell) -> str:
    text, shade = (cell, "") if isinstance(cell, str) else cell
    mark = f' class="{shade}"' if shade else ""
    return f"<td{mark}>{html.escape(text)}</td>"
