"""Print what the service answered as a table that a person can read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from serving.address import HOST, PORT
from serving.wording import said_as_shown, say

COLUMNS = {"Return": 3, "Condition": 4, "Fraud": 6, "Goes to": 3, "Decided by": 7}
REASONS_SHOWN = 3
GRADE_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "red", "E": "red"}
BAND_STYLES = {"low": "green", "elevated": "yellow", "high": "red"}


@dataclass(frozen=True)
class ServiceAnswer:
    """The answer of the service to one return: a decision, or a problem document."""

    title: str
    status: int
    body: dict[str, Any]

    @property
    def is_decision(self) -> bool:
        """Return whether this is a decision and no problem document."""
        return self.status < 400


def show_answers(console: Console, answers: list[ServiceAnswer], *, made_up_cases: bool) -> None:
    """Print one row for each return: condition, fraud, what happens to it, and what decided."""
    table = Table(title="What Regrade decides", show_lines=True, expand=True, caption=_caption(made_up_cases))
    for heading, share in COLUMNS.items():
        table.add_column(heading, overflow="fold", ratio=share)
    for answer in answers:
        row = _decision_row(answer) if answer.is_decision else _problem_row(answer)
        # No emoji: `gate:battery: swollen` would lose its middle to a picture.
        table.add_row(*(Text.from_markup(cell, emoji=False) for cell in row))
    console.print(table)


def show_where(console: Console, *, record: str, log: Path) -> None:
    """Print where the record lies and how to see the same on the station page."""
    console.print(f"Record: {record}\nService log: {log}", highlight=False, soft_wrap=True)
    console.print(
        f"The service has been stopped. To look at this record and use the station page:\n"
        f"  make serve RECORD={record}\n"
        f"  then open http://{HOST}:{PORT}/station in a browser",
        highlight=False,
        soft_wrap=True,
    )


def _caption(made_up_cases: bool) -> str:
    if made_up_cases:
        return "Your photos; the case around each (an RMA for a phone of 400 USD) is made up."
    return "The photos are drawn and the cases are simulated: they show how Regrade works, not how well."


def _decision_row(answer: ServiceAnswer) -> tuple[str, ...]:
    body = answer.body
    return (
        escape(answer.title),
        _condition(body["condition"]),
        _fraud(body["fraud"]),
        f"[bold]{say(body['disposition'])}[/]\nto {say(body['destination'])}",
        escape(f"{body['decided_by']}: {body['because']}"),
    )


def _problem_row(answer: ServiceAnswer) -> tuple[str, ...]:
    title = f"[red]{answer.status}[/] {escape(answer.body['title'])}"
    return escape(answer.title), "-", "-", title, escape(answer.body["detail"])


def _condition(condition: dict[str, Any] | None) -> str:
    if condition is None:
        return "no photos"
    return "\n".join([_grade(condition), *(_defects(condition) or ["no defect found"])])


def _grade(condition: dict[str, Any]) -> str:
    grade = condition["grade"]
    if grade is None:
        lead = said_as_shown(condition) or "no grade"
        return escape(f"{lead}: " + "; ".join(say(reason) for reason in condition["abstain_reasons"]))
    return f"[bold {GRADE_STYLES[grade]}]grade {grade}[/] ({condition['grade_probabilities'][grade]:.0%})"


def _defects(condition: dict[str, Any]) -> list[str]:
    """Return each kind of defect once, at its strongest."""
    strongest: dict[str, dict[str, Any]] = {}
    for defect in sorted(condition["defects"], key=lambda defect: -float(defect["probability"])):
        strongest.setdefault(defect["kind"], defect)
    return [f"{say(kind)} {one['probability']:.0%} ({one['surface']})" for kind, one in strongest.items()]


def _fraud(score: dict[str, Any]) -> str:
    head = f"[bold {BAND_STYLES[score['band']]}]{score['probability']:.1%} {score['band']}[/]"
    reasons = [escape(f"- {reason['text']}") for reason in score["reasons"]]
    return "\n".join([head, *reasons[:REASONS_SHOWN]])
