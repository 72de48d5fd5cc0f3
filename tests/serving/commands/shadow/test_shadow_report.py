"""`regrade shadow report` tells what a candidate changes, how often, and how sure that is."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import regrade
from data.decision import Destination, Disposition
from data.fraud import Action
from serving.record.record import Record
from serving.record.shadows.shadow_log import (
    CandidateIdentity,
    ShadowChoice,
    ShadowLog,
    ShadowResult,
    ShadowRun,
    ShadowState,
)
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, entry, numbered

SAME = ShadowChoice(
    disposition=Disposition.RESTOCK,
    destination=Destination.DOMESTIC_STOCK,
    decided_by="value",
    grade="A",
    fraud_probability=0.02,
    fraud_action=Action.RELEASE,
    needs_person=False,
    refund_amount=600.0,
    expected_amount=500.0,
)
REPAIRED = replace(
    SAME, disposition=Disposition.REPAIR, destination=Destination.REPAIR_CENTRE, expected_amount=300.0
)
HELD = replace(
    SAME,
    disposition=Disposition.QUARANTINE,
    destination=Destination.REVIEW_DESK,
    decided_by="gate:fraud",
    grade=None,
    fraud_action=Action.HOLD,
    needs_person=True,
    expected_amount=None,
)
Report = Callable[..., tuple[int, str]]


@pytest.fixture
def report(record_url: str, capsys: pytest.CaptureFixture[str]) -> Report:
    """Keep six decisions, four of which a candidate decided as well, and return what reports them."""
    record = Record.open(record_url, numbered("id"))
    identity = CandidateIdentity.of("dear", {"policy": "1" * 64})
    log = ShadowLog(record.database, ShadowRun("run", identity, 1.0, 5.0, MOMENT))
    for number, choice in enumerate((SAME, SAME, REPAIRED, HELD, None, None), 1):
        record.append(entry(f"dec-{number}", case=clear_case(rma_id=f"RMA-{number}")))
        state = ShadowState.COMPARED if choice else ShadowState.LATE
        if number < 6:
            result = ShadowResult(f"dec-{number}", state, choice, None, 0.1 * number, 0.2)
            log.note(MOMENT, no_room=1, result=result)
    record.close()

    def run(*words: str) -> tuple[int, str]:
        code = regrade.main(["shadow", "report", "--record", record_url, *words])
        return code, capsys.readouterr().out

    return run


def test_report_counts_what_changes_and_what_was_not_compared(report: Report) -> None:
    code, said = report("--json")
    found: dict[str, Any] = json.loads(said)

    assert code == 0
    counts = ("drawn", "compared", "late", "failed", "skipped", "no_room")
    assert [found[name] for name in counts] == [6, 4, 1, 0, 1, 1]
    assert found["moves"]["disposition"] == [
        {"from": "restock", "to": "quarantine", "count": 1},
        {"from": "restock", "to": "repair", "count": 1},
    ]
    assert found["moves"]["grade"] == [{"from": "A", "to": "not graded", "count": 1}]
    assert found["moves"]["fraud_action"] == [{"from": "release", "to": "hold", "count": 1}]
    assert found["moves"]["queue"] == [{"from": "goes", "to": "waits", "count": 1}]
    rate = found["rates"]["disposition"]
    # The exact interval of 2 of 4, as tables of Clopper and Pearson have it.
    assert rate == {"count": 2, "n": 4, "share": 0.5, "low": 0.0676, "high": 0.9324}
    assert found["rates"]["decision"]["count"] == 2
    assert found["dispositions"] == {
        "restock": {"old": 4, "new": 2},
        "repair": {"old": 0, "new": 1},
        "quarantine": {"old": 0, "new": 1},
    }


def test_report_tells_the_money_and_the_time(report: Report) -> None:
    found = json.loads(report("--json")[1])

    assert found["currency"] == "CAD"
    assert (found["new"]["expected"], found["new"]["recovery"], found["new"]["recovery_n"]) == (
        1300.0,
        0.7222,
        3,
    )
    assert (found["old"]["queued"], found["new"]["queued"]) == (0, 1)
    assert found["time"]["ratio"] == {"median": 1.25, "p95": 1.925}
    assert found["time"]["n"] == 4
    [first, _] = found["changed"]
    assert (first["decision_id"], first["new"]["disposition"]) == ("dec-3", "repair")


def test_report_says_the_same_in_words(report: Report) -> None:
    code, said = report()

    assert code == 0
    assert "dec-3 RMA-3: restock -> repair, CAD -" in said
    assert "6 decisions drawn: 4 compared, 0 failed, 1 late, 1 skipped (1 for want of room)" in said
    assert "disposition changes: 2 of 4, 50.0% [6.8%, 93.2%]" in said
    assert "  restock -> repair: 1" in said
    assert "waiting for a person: 0 -> 1" in said
    assert "median 1.25" in said


def test_nothing_compared_since_then_is_told_as_nothing(report: Report) -> None:
    code, said = report("--since", "2026-05-01")

    assert code == 0
    assert "0 decisions drawn: 0 compared" in said
    assert "disposition changes: nothing was compared" in said


def test_candidate_that_never_decided_is_asked_for_in_vain(
    report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = report("--candidate", "cheap")

    assert code == 2
    assert report("--candidate", "dear")[0] == 0


def test_record_without_any_candidate_says_how_to_try_one(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Record.open(sqlite_url, numbered("id")).close()

    assert regrade.main(["shadow", "report", "--record", sqlite_url]) == 2
    assert "`regrade serve --shadow FILE` lets one decide" in capsys.readouterr().err
