"""`regrade policy diff`: what the record keeps is decided again under another policy, and the money told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import regrade
from data.case import ReturnCase, parse_case
from data.condition import Condition
from data.decision import Decision
from data.defect import Grade
from data.device import View
from data.fraud import Action
from serving.commands.command_line import ExitCode
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy, open_policy
from serving.record.entry import Entry
from serving.record.record import Record
from tests.serving.clear_return import clear_case, graded_as_seen, photographed, scored
from tests.serving.disposition.policy_text import edited

Captured = pytest.CaptureFixture[str]
START = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
POLICY = open_policy("house-4")
BARE = parse_case({**clear_case().model_dump(mode="json"), "verification": None})
RETURNS: tuple[tuple[ReturnCase, Condition | None, Action], ...] = (
    (clear_case(), photographed(), Action.RELEASE),
    (clear_case(reason="defective"), photographed(Grade.E), Action.RELEASE),
    (clear_case({"battery_signs": ["leak"]}), photographed(), Action.RELEASE),
    (clear_case(), None, Action.RELEASE),
    (BARE, photographed(Grade.C), Action.RELEASE),
    (clear_case(value={"amount": 300, "currency": "USD"}), photographed(Grade.B), Action.HOLD),
)


def entry_of(
    number: int, case: ReturnCase, condition: Condition | None, action: Action, policy: Policy
) -> Entry:
    evidence = Evidence(case, condition, scored(action))
    decision = Decision(
        decision_id=f"dec-{number}",
        rma_id=case.rma.rma_id,
        decided_at=START + timedelta(days=number),
        condition=condition,
        fraud=evidence.fraud,
        policy=policy.identity,
        **vars(dispose(evidence, policy)),
    )
    return Entry(decision, case, (), f"print-{number}", None, policy.amount(case.rma.value), policy.currency)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'record.sqlite'}"


@pytest.fixture
def record(url: str) -> Iterator[Record]:
    ids = iter(range(10_000))
    record = Record.open(url, lambda: f"event-{next(ids)}")
    for number, (case, condition, action) in enumerate(RETURNS):
        record.append(entry_of(number, case, condition, action, POLICY))
    yield record
    record.close()


def diff(capsys: Captured, url: str, old: object, new: object, *more: str) -> tuple[int, dict[str, Any]]:
    code = regrade.main(["policy", "diff", str(old), str(new), "--record", url, "--json", *more])
    [line] = capsys.readouterr().out.splitlines()
    return code, json.loads(line)


@pytest.mark.usefixtures("record")
def test_the_policy_that_decided_changes_nothing(url: str, capsys: Captured) -> None:
    code, found = diff(capsys, url, "house-4", "house-4")

    assert code == ExitCode.DONE
    assert (found["changed"], found["not_redone"]) == ([], [])
    assert found["totals"]["redone"] == len(RETURNS)
    assert found["totals"]["old"] == found["totals"]["new"]


@pytest.mark.usefixtures("record")
def test_the_version_before_decides_these_the_same(url: str, capsys: Captured) -> None:
    _, found = diff(capsys, url, "house-3", "house-4")

    assert found["changed"] == []


def test_a_device_graded_as_far_as_seen_leaves_the_queue(url: str, record: Record, capsys: Captured) -> None:
    """Version 3 leaves it to a person; version 4 refurbishes it, and restocks what shows both faces."""
    for number, views in ((90, (View.FRONT_OFF,)), (91, (View.FRONT_OFF, View.BACK))):
        seen = graded_as_seen(Grade.A, *views)
        record.append(entry_of(number, clear_case(), seen, Action.RELEASE, open_policy("house-3")))

    _, found = diff(capsys, url, "house-3", "house-4")

    ways = {one["decision_id"]: (one["old"], one["new"]) for one in found["changed"]}
    assert {name: new["disposition"] for name, (_, new) in ways.items()} == {
        "dec-90": "refurbish",
        "dec-91": "restock",
    }
    assert {(old["disposition"], old["grade"]) for old, _ in ways.values()} == {("quarantine", None)}
    assert (found["totals"]["old"]["queued"], found["totals"]["new"]["queued"]) == (5, 3)


@pytest.mark.usefixtures("record")
def test_a_dearer_way_changes_the_decisions_that_took_it_with_their_money(
    url: str, tmp_path: Path, capsys: Captured
) -> None:
    dear = edited(tmp_path, ("restock: {phone: 9,", "restock: {phone: 109,"))

    code, found = diff(capsys, url, "house-4", dear)

    [changed] = found["changed"]
    assert code == ExitCode.DONE
    assert changed["decision_id"] == "dec-0"
    assert (changed["old"]["disposition"], changed["new"]["disposition"]) == ("restock", "refurbish")
    assert changed["amount_difference"] == -45.68
    totals = found["totals"]
    assert totals["new"]["expected"] == pytest.approx(totals["old"]["expected"] - 45.68)
    assert totals["new"]["recovery"] < totals["old"]["recovery"]
    assert totals["dispositions"]["restock"] == {"old": 1, "new": 0}
    assert totals["old"]["queued"] == totals["new"]["queued"] == 3


@pytest.mark.usefixtures("record")
def test_a_stricter_table_fills_the_queue(url: str, tmp_path: Path, capsys: Captured) -> None:
    row = "when: battery_not_checked, closes: [restock, donate, return_to_vendor, export]"
    strict = edited(tmp_path, (row, "when: battery_not_checked, decides: review_desk"))

    _, found = diff(capsys, url, "house-4", strict)

    assert [one["decision_id"] for one in found["changed"]] == ["dec-4"]
    assert found["totals"]["new"]["queued"] == found["totals"]["old"]["queued"] + 1


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    ("since", "redone"), [("2026-03-10", 4), ("2026-03-12T10:00:00Z", 2), ("2030-01-01", 0)]
)
def test_only_decisions_since_a_day_are_redone(url: str, capsys: Captured, since: str, redone: int) -> None:
    _, found = diff(capsys, url, "house-4", "house-4", "--since", since)

    assert found["totals"]["redone"] == redone


@pytest.mark.usefixtures("record")
def test_a_place_that_gets_more_than_it_takes_is_told(url: str, tmp_path: Path, capsys: Captured) -> None:
    small = edited(tmp_path, ("domestic_stock: 400", "domestic_stock: 0"))

    _, found = diff(capsys, url, "house-4", small)

    assert found["totals"]["over_capacity"] == {"domestic_stock": [1, 0]}


def test_a_decision_that_can_not_be_redone_says_why_and_is_counted(
    url: str, record: Record, capsys: Captured
) -> None:
    """Kept as restocked, though the policy that is named restocks no such device."""
    good = entry_of(90, clear_case(), photographed(), Action.RELEASE, POLICY)
    worse = clear_case({"sanitisation": "unknown"})
    record.append(Entry(good.decision, worse, (), "print-90", None, 600.0, "CAD"))

    code, found = diff(capsys, url, "house-4", "house-3")

    [left] = found["not_redone"]
    assert code == ExitCode.SET_ASIDE
    assert left["decision_id"] == "dec-90"
    assert "decided restock, but from what is kept it decides refurbish" in left["why"]
    assert found["totals"]["not_redone"] == 1


@pytest.mark.usefixtures("record")
def test_a_currency_that_the_other_policy_lacks_leaves_the_decision_out(
    url: str, tmp_path: Path, capsys: Captured
) -> None:
    own = "fx: {own: {name: own, version: '1', base: CAD, as_of: 2026-02-01, source: own, rates: {CAD: 1.0}}}"
    poor = edited(tmp_path, ("fx: {table: reference-2}", own))

    _, found = diff(capsys, url, "house-4", poor)

    [left] = found["not_redone"]
    assert left["decision_id"] == "dec-5"
    assert "'USD' has no reference rate" in left["why"]


@pytest.mark.usefixtures("record")
def test_in_words_each_change_and_the_sums_are_told(url: str, tmp_path: Path, capsys: Captured) -> None:
    dear = edited(tmp_path, ("restock: {phone: 9,", "restock: {phone: 109,"))

    assert regrade.main(["policy", "diff", "house-4", str(dear), "--record", url]) == ExitCode.DONE

    text = capsys.readouterr().out
    assert "dec-0 RMA-1: restock -> refurbish, CAD -45.68" in text
    assert "1 of 6 decisions change" in text
    assert "waiting for a person: 3 -> 3" in text
    assert "CO2 avoided: " in text


def test_two_currencies_are_not_compared(url: str, tmp_path: Path, capsys: Captured) -> None:
    other = edited(tmp_path, ("currency: CAD\n", "currency: USD\n"))

    assert regrade.main(["policy", "diff", "house-4", str(other), "--record", url]) == ExitCode.ASKED_WRONGLY
    assert "name two of one currency" in capsys.readouterr().err
