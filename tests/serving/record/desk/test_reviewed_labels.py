"""Everything that people said is a label: of what, by whom, how it came about, since when, how likely."""

from datetime import timedelta
from typing import Any

from serving.record.desk.corrections import CorrectionsRequest
from serving.record.desk.opinions import OpinionRequest
from serving.record.desk.reviewed_labels import ReviewedLabel, reviewed_labels
from serving.record.record import Record
from serving.record.returns.fact import FactsRequest
from tests.serving.clear_return import clear_case
from tests.serving.record.desk.drawn import drawn_entry
from tests.serving.record.desk.seen_damage import damaged_entry
from tests.serving.record.entries import MOMENT, choice, desk_at

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
HOUR = timedelta(hours=1)


def fill(record: Record) -> None:
    record.append(damaged_entry("dec-2"))
    record.append(drawn_entry("dec-3", case=clear_case(rma_id="RMA-3")))
    audit = {"person": "Bo", "purpose": "audit", "grade": "B", "is_fraud": False}
    desk_at(record, MOMENT + HOUR).give_opinion("dec-3", OpinionRequest.model_validate(audit))
    corrections = [
        {"action": "add", "photo": 1, "kind": "dent", "box": BOX},
        {"action": "remove", "defect": 0},
    ]
    asked = {
        "person": "Ana",
        "corrections": corrections,
        "device_class": "tablet",
        "views": [{"photo": 0, "view": "back"}],
    }
    desk_at(record, MOMENT + 2 * HOUR).correct("dec-2", CorrectionsRequest.model_validate(asked))
    desk_at(record, MOMENT + 3 * HOUR).give_opinion(
        "dec-2", OpinionRequest.model_validate({"person": "ANA", "disposition": "repair"})
    )
    record.override("dec-2", choice(person="Cy"))
    time = (MOMENT + HOUR).isoformat()
    facts = [
        {"kind": "regraded", "grade": "D", "time": time, "origin": "bench", "person": "Bo"},
        {"kind": "fraud", "is_confirmed": True, "time": time, "origin": "chargeback"},
    ]
    sent = FactsRequest.model_validate({"facts": facts}).facts
    record.returns.add_facts("RMA-2", sent, MOMENT + 5 * HOUR)


def labels(record: Record, **of: Any) -> list[ReviewedLabel]:
    with record.engine.connect() as connection:
        return list(reviewed_labels(connection, **of))


def test_every_correction_is_a_label_with_its_origin(record: Record) -> None:
    fill(record)

    found = labels(record)

    assert [(each.decision_id, each.photo, each.subject, each.origin, each.person) for each in found] == [
        ("dec-3", None, "grade", "blind_audit", "person-1"),
        ("dec-3", None, "is_fraud", "blind_audit", "person-1"),
        ("dec-2", 1, "defect", "correction", "person-2"),
        ("dec-2", 0, "defect", "correction", "person-2"),
        ("dec-2", 0, "view", "correction", "person-2"),
        ("dec-2", None, "device_class", "correction", "person-2"),
        ("dec-2", None, "disposition", "review", "person-2"),
        ("dec-2", None, "disposition", "override", "person-3"),
        ("dec-2", None, "grade", "fact", "person-1"),
        ("dec-2", None, "is_fraud", "fact", None),
    ]
    assert [each.value for each in found if each.subject != "defect"] == [
        *("B", False, "back", "tablet", "repair", "repair", "D", True)
    ]
    added, removed = (each.value for each in found if each.subject == "defect")
    assert added == {"action": "add", "kind": "dent", "box": BOX}
    assert (removed["action"], removed["was"]["kind"], removed["was"]["photo"]) == ("remove", "scratch", 0)


def test_a_label_says_whether_it_is_a_sample_and_since_when_it_is_known(record: Record) -> None:
    fill(record)

    found = labels(record)

    sampled = [each for each in found if each.was_blind]
    assert {each.decision_id for each in sampled} == {"dec-3"}
    assert {(each.draw_probability, each.was_drawn) for each in sampled} == {(0.02, True)}
    assert {each.draw_probability for each in found if not each.was_blind} == {None}, "taken before the draw"
    assert [each.fact_origin for each in found[-2:]] == ["bench", "chargeback"]
    # A fact of an hour ago is known since it was told.
    assert found[-1].at == MOMENT + 5 * HOUR
    early = labels(record, as_of=MOMENT + 2 * HOUR)
    assert [each.decision_id for each in early] == ["dec-3"] * 2 + ["dec-2"] * 5
    assert {each.origin for each in early} == {"blind_audit", "correction", "override"}
    assert labels(record, as_of=MOMENT) == []


def test_what_was_erased_is_no_label(record: Record) -> None:
    fill(record)

    record.erase("dec-2", reason="asked for", at=MOMENT + 9 * HOUR)

    assert {each.decision_id for each in labels(record)} == {"dec-3"}
