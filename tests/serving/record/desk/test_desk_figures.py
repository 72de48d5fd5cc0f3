"""What waits is counted by reason; how often blind audits agree with the machine has n and an interval."""

from datetime import timedelta
from typing import Any

from data.fraud import Action
from serving.record.desk.desk_figures import AgreementShare
from serving.record.desk.desk_rules import read_desk
from serving.record.desk.opinions import OpinionRequest
from serving.record.kpis import Kpis, count_figures
from serving.record.record import Record
from tests.serving.clear_return import clear_case
from tests.serving.record.desk.drawn import drawn_entry, worth
from tests.serving.record.entries import MOMENT, desk_at, entry


def figures(record: Record, **of: Any) -> Kpis:
    return count_figures(record, rules=read_desk(), now=MOMENT + timedelta(hours=30), **of)


def audit(record: Record, decision_id: str, person: str = "Bo", **said: Any) -> None:
    request = OpinionRequest.model_validate({"person": person, "purpose": "audit", **said})
    desk_at(record).give_opinion(decision_id, request)


def test_what_waits_is_counted_for_each_of_its_reasons(record: Record) -> None:
    record.append(worth(entry("dec-2", case=clear_case(rma_id="RMA-2")), 1500, "above_value"))
    record.append(entry("dec-3", case=clear_case({"battery_signs": ["leak"]}, rma_id="RMA-3")))
    record.append(drawn_entry("dec-4", case=clear_case(rma_id="RMA-4"), action=Action.HOLD))

    found = figures(record)

    assert found.desk is not None
    assert {name: n for name, n in found.desk.waiting_by_reason.items() if n} == {
        "quarantine": 1,
        "gate_held": 1,
        "fraud_hold": 1,
        "fraud_review": 1,
        "above_value": 1,
        "random_audit": 1,
    }
    assert (found.desk.waiting, found.desk.overdue) == (5, 3), "the review and the audit have more time"
    assert found.waiting == 3, "what holds a device is counted as before"
    assert count_figures(record).desk is None


def test_audits_agree_or_not_by_the_first_opinion_of_each(record: Record) -> None:
    for number in range(2, 7):
        action = Action.HOLD if number == 6 else Action.RELEASE
        record.append(drawn_entry(f"dec-{number}", case=clear_case(rma_id=f"RMA-{number}"), action=action))
    audit(record, "dec-2", grade="A", disposition="restock", is_fraud=False)
    audit(record, "dec-2", "Cy", grade="C")
    audit(record, "dec-3", grade="A", disposition="repair")
    audit(record, "dec-4", grade="B", is_fraud=True)
    audit(record, "dec-6", is_fraud=True)

    found = figures(record).audits

    assert (found.drawn, found.done) == (5, 4)
    assert (found.grade.count, found.grade.n) == (2, 3)
    assert (found.disposition.count, found.disposition.n) == (1, 2)
    assert (found.fraud.count, found.fraud.n) == (2, 3)
    assert figures(record, since=MOMENT + timedelta(days=1)).audits.drawn == 0


def test_an_agreement_has_an_interval_and_none_is_unknown() -> None:
    # Wilson's interval of 8 of 10, as every table has it.
    assert AgreementShare.of(8, 10) == AgreementShare(8, 10, 0.8, 0.4902, 0.9433)
    assert AgreementShare.of(0, 0) == AgreementShare(0, 0, None, None, None)
    every = AgreementShare.of(10, 10)
    assert (every.share, every.low, every.high) == (1.0, 0.7225, 1.0)
