"""The demo's table shows what decided, and a problem as what to do about it."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from serving.demo.report import ServiceAnswer, show_answers

DECISION: dict[str, Any] = {
    "disposition": "quarantine",
    "destination": "quarantine_cage",
    "decided_by": "gate:battery",
    "because": "a battery sign was seen [swelling]",
    "condition": {
        "grade": "D",
        "grade_probabilities": {"C": 0.2, "D": 0.8},
        "abstain_reasons": [],
        "defects": [
            {"kind": "crack", "probability": 0.71, "surface": "front"},
            {"kind": "scratch", "probability": 0.9, "surface": "front"},
            {"kind": "crack", "probability": 0.97, "surface": "back"},
        ],
    },
    "fraud": {
        "probability": 0.123,
        "band": "elevated",
        "reasons": [{"text": f"reason {number}", "contribution": 1.0} for number in range(5)],
    },
}
PROBLEM = {"title": "The photo can't be read", "detail": "photos[0] is no image: send a JPEG"}


@pytest.mark.parametrize(
    "shown",
    [
        "grade D (80%)",
        "crack 97% (back)",
        "12.3% elevated",
        "- reason 2",
        "quarantine",
        "to quarantine cage",
        "gate:battery",
        "[swelling]",
    ],
)
def test_a_decision_is_shown_with_what_decided_it(shown: str) -> None:
    assert shown in printed(ServiceAnswer("A phone", 200, DECISION))


def test_a_defect_seen_twice_is_shown_once_at_its_strongest() -> None:
    text = printed(ServiceAnswer("A phone", 200, DECISION))

    assert text.count("crack") == 1
    assert text.index("crack 97%") < text.index("scratch 90%")


@pytest.mark.parametrize("part", ["422", PROBLEM["title"], PROBLEM["detail"]])
def test_a_problem_document_is_shown_with_what_to_do(part: str) -> None:
    assert part in printed(ServiceAnswer("A phone", 422, PROBLEM))


def test_an_abstention_is_shown_with_its_reason() -> None:
    condition = {**DECISION["condition"], "grade": None, "abstain_reasons": ["no front"], "defects": []}

    text = printed(ServiceAnswer("A phone", 200, {**DECISION, "condition": condition}))

    assert "no grade: no front" in text
    assert "no defect found" in text


def test_figures_from_drawn_photos_are_called_that() -> None:
    assert "drawn" in printed(ServiceAnswer("A phone", 200, DECISION))


def test_a_made_up_case_is_said_to_be_made_up() -> None:
    assert "made up" in printed(ServiceAnswer("A phone", 200, DECISION), made_up_cases=True)


def printed(answer: ServiceAnswer, *, made_up_cases: bool = False) -> str:
    paper = StringIO()
    show_answers(Console(file=paper, width=400), [answer], made_up_cases=made_up_cases)
    return paper.getvalue()
