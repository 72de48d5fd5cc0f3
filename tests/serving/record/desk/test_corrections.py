"""Corrections name what is there, are kept in order, and leave the decision as it was."""

from typing import Any

import pytest
from pydantic import ValidationError

from serving.record.desk.corrections import CorrectionsRequest
from serving.record.errors import WrongAtDesk
from serving.record.record import Record
from tests.serving.record.desk.seen_damage import damaged_entry
from tests.serving.record.entries import MOMENT, desk_at

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
ADDED = {"action": "add", "photo": 1, "kind": "dent", "box": BOX, "severity": "deep"}
REMOVED = {"action": "remove", "defect": 0}
CHANGED = {"action": "change", "defect": 1, "kind": "chip"}


def corrected(person: str = "Ana", **given: Any) -> CorrectionsRequest:
    return CorrectionsRequest.model_validate({"person": person, **given})


def test_corrections_are_kept_as_they_were_sent_and_the_same_counts_once(record: Record) -> None:
    record.append(damaged_entry("dec-2"))
    desk, before = desk_at(record), record.get("dec-2")
    asked = corrected(corrections=[ADDED, REMOVED, CHANGED], device_class="tablet")

    kept = desk.correct("dec-2", asked)
    again = desk.correct("dec-2", asked)
    other = desk.correct("dec-2", corrected("Bo", views=[{"photo": 1, "view": "back"}]))

    assert kept == again
    assert kept.corrected == {"corrections": [ADDED, REMOVED, CHANGED], "device_class": "tablet", "views": []}
    assert desk.shown("dec-2").corrections == (kept, other)
    assert record.get("dec-2") == before
    told = [row["type"] for row in record.events(limit=50).rows if row["decision_id"] == "dec-2"]
    assert told == ["decision.made", "decision.corrected", "decision.corrected"]
    entries = [each.values for each in record.returns.story("RMA-2").entries if each.kind == "corrections"]
    assert [each["person"] for each in entries] == ["Ana", "Bo"]

    record.erase("dec-2", reason="asked for", at=MOMENT)
    entries = [each.values for each in record.returns.story("RMA-2").entries if each.kind == "corrections"]
    assert [each["corrected"] for each in entries] == [{"erased": True}] * 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"corrections": [{**ADDED, "photo": 5}]}, r"corrections.0.photo: 5 is none .* it has 0 to 1"),
        ({"corrections": [ADDED, {**REMOVED, "defect": 7}]}, r"corrections.1.defect: 7 is none .* 0 to 1"),
        ({"views": [{"photo": 2, "view": "back"}]}, r"views.0.photo: 2 is none"),
        ({"device_class": "phone", "reason_code": "mood"}, "reason_code: 'mood' is not one of"),
    ],
)
def test_what_is_not_there_can_not_be_corrected(sqlite_url: str, given: dict[str, Any], says: str) -> None:
    from tests.serving.record.entries import numbered

    record = Record.open(sqlite_url, numbered("id"))
    record.append(damaged_entry("dec-2"))

    with pytest.raises(WrongAtDesk, match=says):
        desk_at(record).correct("dec-2", corrected(**given))
    record.close()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "nothing is corrected"),
        ({"corrections": [{**ADDED, "box": {**BOX, "left": 0.8}}]}, "ends outside the photo"),
        ({"corrections": [{**ADDED, "box": {**BOX, "width": 0}}]}, "greater than 0"),
        ({"corrections": [{**ADDED, "kind": "rust"}]}, "Input should be"),
        ({"corrections": [{"action": "change", "defect": 0}]}, "a change gives another kind"),
        ({"corrections": [REMOVED, {**CHANGED, "defect": 0}]}, "defect 0 is corrected twice"),
        ({"views": [{"photo": 0, "view": "back"}] * 2}, "the view of photo 0 is corrected twice"),
        ({"corrections": [ADDED] * 101}, "at most 100"),
        ({"corrections": [{**ADDED, "photo": True}]}, "valid integer"),
        ({"corrections": [{**REMOVED, "kind": "dent"}]}, "Extra inputs"),
    ],
)
def test_wrong_corrections_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        corrected(**given)
