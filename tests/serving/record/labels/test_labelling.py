"""A label says what became known of a decided return, by whom and when, and nothing that was known later."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from data.decision import Disposition
from data.defect import Grade
from data.fraud import Action
from serving.record.audit_draw import AuditDraw
from serving.record.desk.opinions import OpinionRequest
from serving.record.desk.purpose import DeskPurpose
from serving.record.labels import survey
from serving.record.labels.label_rules import LabelKind
from serving.record.labels.label_source import SOURCES, Told
from serving.record.labels.truth import Certainty
from serving.record.record import Record
from serving.record.returns.fact import FactOrigin
from tests.serving.record.entries import MOMENT, choice, desk_at, numbered
from tests.serving.record.labels.told_returns import LATER, decide, labels_of, tell, words_of
from tests.serving.record.tampering import without_triggers

FRAUD, GRADE = LabelKind.FRAUD, LabelKind.GRADE


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("id"))
    yield opened
    opened.close()


def test_label_tells_who_said_so_how_late_and_what_the_system_had_said(record: Record) -> None:
    decide(record, 1, action=Action.HOLD)
    tell(record, "RMA-1", True, FactOrigin.CHARGEBACK, days=12, recorded_days=14)
    tell(record, "RMA-1", Grade.C, FactOrigin.BENCH, days=3)

    labels, _ = labels_of(record)
    fraud, grade = labels["dec-1", FRAUD], labels["dec-1", GRADE]

    assert fraud.word
    assert (fraud.word.label, fraud.word.origin, fraud.word.delay_days) == (True, FactOrigin.CHARGEBACK, 12.0)
    assert fraud.word.recorded_at == MOMENT + timedelta(days=14)
    assert grade.word
    assert (grade.word.label, grade.word.origin) == (Grade.C, FactOrigin.BENCH)
    decided = fraud.decided
    assert (decided.moment, decided.fraud_action, decided.grade) == ("T2", "hold", "A")
    assert (decided.fraud_model, decided.condition_model, decided.policy) == (
        "fraud 0",
        "condition 0",
        "house 4",
    )
    assert decided.fraud_model_sha256 == "1" * 64
    assert decided.stratum == f"hold/{Disposition.QUARANTINE}/waits"


def test_return_of_which_nobody_spoke_is_never_honest_however_old(record: Record) -> None:
    decide(record, 1)
    decide(record, 2, days=150)

    labels, _ = labels_of(record)

    old, young = labels["dec-1", FRAUD], labels["dec-2", FRAUD]
    assert (old.word, old.outcome, old.decided.is_mature, old.decided.age_days) == (
        None,
        "unknown",
        True,
        200,
    )
    assert (young.word, young.outcome, young.decided.is_mature) == (None, "unknown", False)


@pytest.mark.parametrize(
    ("known", "recorded"), [(30, 30), (10, 30), (30, 10)], ids=["both later", "recorded later", "known later"]
)
def test_nothing_counts_that_was_known_or_recorded_later(record: Record, known: int, recorded: int) -> None:
    decide(record, 1)
    tell(record, "RMA-1", True, days=known, recorded_days=recorded)

    assert words_of(record, as_of=MOMENT + timedelta(days=29)) == {}
    assert words_of(record, as_of=MOMENT + timedelta(days=30))["dec-1"].label is True


def test_decisions_of_later_are_not_there_yet(record: Record) -> None:
    decide(record, 1)
    decide(record, 2, rma_id="RMA-1", days=20)

    labels, found = labels_of(record, MOMENT + timedelta(days=19))

    assert {one for one, _ in labels} == {"dec-1"}
    assert found.decisions == 1
    assert labels["dec-1", FRAUD].decided.is_last_decision, "by then nothing had superseded it"


def test_every_decision_of_a_return_is_labelled_but_those_taken_once_it_was_known(record: Record) -> None:
    decide(record, 1, rma_id="RMA-1")
    decide(record, 2, rma_id="RMA-1", days=5)
    decide(record, 3, rma_id="RMA-1", days=15)
    tell(record, "RMA-1", False, days=10)

    labels, found = labels_of(record)

    assert {one for one, kind in labels if kind is FRAUD} == {"dec-1", "dec-2"}
    assert found.known_before[FRAUD] == 1
    delays = [labels[f"dec-{n}", FRAUD].word for n in (1, 2)]
    assert [word.delay_days for word in delays if word] == [10.0, 5.0]
    assert labels["dec-3", GRADE].word is None, "of its grade nothing was known"


@pytest.mark.parametrize(
    ("told", "label", "certainty", "otherwise"),
    [
        ([(True, "investigation")], True, Certainty.ONLY_WORD, 0),
        ([(True, "investigation"), (True, "chargeback")], True, Certainty.AGREED, 0),
        ([(True, "investigation"), (False, "investigation")], False, Certainty.CONTRADICTED, 1),
        ([(False, "bench"), (True, "blind_audit")], True, Certainty.CONTRADICTED, 1),
        ([(True, "investigation"), (False, "customer")], True, Certainty.CONTRADICTED, 1),
        ([(True, "blind_audit"), (False, "unknown"), (False, "buyer")], True, Certainty.CONTRADICTED, 2),
        ([(True, "chargeback"), (False, "bench")], False, Certainty.CONTRADICTED, 1),
        ([(True, "chargeback"), (False, "customer")], False, Certainty.CONTRADICTED, 1),
    ],
)
def test_who_looked_outweighs_who_did_not_then_the_last_word_counts_and_all_is_told(
    record: Record, told: list[tuple[bool, str]], label: bool, certainty: Certainty, otherwise: int
) -> None:
    decide(record, 1)
    for days, (value, origin) in enumerate(told, 1):
        tell(record, "RMA-1", value, FactOrigin(origin), days=days)

    word = words_of(record)["dec-1"]

    assert (word.label, word.certainty, word.words) == (label, certainty, len(told))
    assert [one.label for one in word.otherwise] == [not label] * otherwise


def test_erased_return_leaves_no_label_and_is_counted(record: Record) -> None:
    for number in (1, 2, 3):
        decide(record, number)
    tell(record, "RMA-1", True)
    tell(record, "RMA-2", True)
    record.erase("dec-1", reason="asked for", at=MOMENT + timedelta(days=40))
    record.erase("dec-3", reason="asked for", at=MOMENT + timedelta(days=40))

    labels, found = labels_of(record)

    assert {one for one, _ in labels} == {"dec-2"}
    assert (found.erased, found.decisions) == (2, 3)
    assert [left.place for left in found.left_out] == ["decision dec-1"], "of dec-3 nothing had been told"
    word = labels["dec-2", FRAUD].word
    assert word
    assert (word.stratum_decisions, word.stratum_labelled) == (3, 2), "that it was told still counts"


def test_what_was_changed_in_the_record_gives_no_label_and_is_told(record: Record) -> None:
    for number in (1, 2):
        decide(record, number)
        tell(record, f"RMA-{number}", True)
    with without_triggers(record.engine) as connection:
        tamper(connection, "UPDATE decisions SET return_case = '{}' WHERE decision_id = 'dec-1'")
        tamper(connection, "UPDATE facts SET fact = replace(fact, 'true', 'false') WHERE rma_id = 'RMA-2'")

    labels, found = labels_of(record)

    assert {one for one, _ in labels} == {"dec-2"}
    assert labels["dec-2", FRAUD].word is None
    assert sorted(left.rma_id for left in found.left_out) == ["RMA-1", "RMA-2"]
    assert all("verify-record" in left.why for left in found.left_out)


def tamper(connection: Connection, statement: str) -> None:
    assert connection.execute(text(statement)).rowcount == 1


def test_override_is_no_label(record: Record) -> None:
    decide(record, 1)
    record.override("dec-1", choice())

    assert words_of(record) == {}
    assert words_of(record, GRADE) == {}


def test_further_source_is_added_in_one_place_with_the_chance_of_its_draw(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn(connection: Connection, as_of: object) -> Iterator[Told]:
        at = MOMENT + timedelta(days=3)
        yield Told("default", "RMA-1", GRADE, Grade.D, FactOrigin.BLIND_AUDIT, at, at, draw_probability=0.02)

    monkeypatch.setattr(survey, "SOURCES", (*SOURCES, drawn))
    decide(record, 1)
    tell(record, "RMA-1", True)

    assert words_of(record)["dec-1"].label is True
    word = words_of(record, GRADE)["dec-1"]
    assert (word.label, word.origin, word.propensity, word.is_drawn) == (
        Grade.D,
        FactOrigin.BLIND_AUDIT,
        0.02,
        True,
    )


def test_more_decisions_than_are_read_at_once_are_all_labelled(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "BATCH", 3)
    for number in range(8):
        decide(record, number)
        tell(record, f"RMA-{number}", number % 2 == 0)

    assert [word.label for word in words_of(record, as_of=LATER).values()] == [True, False] * 4


def test_opinions_at_the_review_desk_are_labels_and_an_audit_weighs_by_its_draw(record: Record) -> None:
    decide(record, 1, action=Action.HOLD)
    decide(record, 2, draw=AuditDraw(probability=0.02, is_drawn=True))
    desk = desk_at(record, MOMENT + timedelta(days=1))
    desk.give_opinion("dec-1", OpinionRequest(person="Ana", grade=Grade.C, is_fraud=True))
    desk.give_opinion("dec-2", OpinionRequest(person="Bo", purpose=DeskPurpose.AUDIT, grade=Grade.B))

    labels, _ = labels_of(record)

    reviewed, audited = labels["dec-1", FRAUD].word, labels["dec-2", GRADE].word
    assert reviewed
    assert audited
    assert (reviewed.label, reviewed.origin, reviewed.is_drawn) == (True, FactOrigin.REVIEW, False)
    assert (audited.label, audited.origin, audited.is_drawn) == (Grade.B, FactOrigin.BLIND_AUDIT, True)
    assert (audited.propensity, audited.delay_days) == (0.02, 1.0)
    assert labels["dec-1", GRADE].word
    assert labels["dec-2", FRAUD].word is None
