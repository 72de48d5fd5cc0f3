"""What a candidate did is told from the record: what was compared, and what it never got to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from data.decision import Destination, Disposition
from data.fraud import Action
from serving.record.chain.verify import verify
from serving.record.copying import back_up
from serving.record.opening import open_unchanged
from serving.record.record import Record
from serving.record.shadows.shadow_log import (
    CandidateIdentity,
    ShadowChoice,
    ShadowLog,
    ShadowResult,
    ShadowRun,
    ShadowState,
    is_drawn,
)
from serving.record.shadows.shadow_trial import ShadowTrial, read_trials
from serving.record.tables import EVENTS, JOURNAL, SHADOW_RESULTS
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import MOMENT, entry, numbered

DEAR = CandidateIdentity.of("dear", {"policy": "1" * 64})
OTHER = CandidateIdentity.of("other", {"policy": "2" * 64})
CHOICE = ShadowChoice(
    disposition=Disposition.REPAIR,
    destination=Destination.REPAIR_CENTRE,
    decided_by="value",
    grade="B",
    fraud_probability=0.5,
    fraud_action=Action.REVIEW,
    needs_person=True,
    refund_amount=600.0,
    expected_amount=10.0,
)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def record(record_url: str) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("id"))
    yield opened
    opened.close()


def decide(record: Record, *minutes: int) -> None:
    """Keep a decision at each of these minutes after MOMENT."""
    for minute in minutes:
        case = clear_case(rma_id=f"RMA-{minute}")
        record.append(entry(f"dec-{minute}", case=case, at=MOMENT + minute * MINUTE))


def log(
    record: Record, identity: CandidateIdentity = DEAR, *, start: int = 0, share: float = 1.0
) -> ShadowLog:
    run = ShadowRun(f"{identity.name}-{start}", identity, share, 30.0, MOMENT + start * MINUTE)
    return ShadowLog(record.database, run)


def compared(minute: int, state: ShadowState = ShadowState.COMPARED) -> ShadowResult:
    choice = CHOICE if state is ShadowState.COMPARED else None
    error = "KeyError in gates.py" if state is ShadowState.FAILED else None
    return ShadowResult(f"dec-{minute}", state, choice, error, 0.5, 0.25)


def trials(record: Record, candidate: str | None = None, since: datetime | None = None) -> list[ShadowTrial]:
    with record.engine.connect() as connection:
        return list(read_trials(connection, candidate=candidate, since=since))


def test_trial_tells_both_sides_of_every_decision_that_was_compared(record: Record) -> None:
    decide(record, 1)
    shadow = log(record)
    shadow.note(MOMENT + 2 * MINUTE, no_room=0, result=compared(1))

    [trial] = trials(record)

    assert (trial.candidate, trial.sha256, trial.parts) == ("dear", DEAR.sha256, {"policy": "1" * 64})
    [row] = trial.compared
    assert (row.decision_id, row.rma_id, row.duration_s, row.live_duration_s) == ("dec-1", "RMA-1", 0.5, 0.25)
    assert (row.live["disposition"], row.candidate["disposition"]) == ("restock", "repair")
    assert (row.live["grade"], row.candidate["grade"]) == ("A", "B")
    assert (row.live["needs_person"], row.candidate["needs_person"]) == (False, True)
    assert trial.currency == "CAD"


def test_what_it_failed_at_was_late_with_or_never_got_to_is_counted(record: Record) -> None:
    decide(record, 1, 2, 3, 4, 5)
    shadow = log(record)
    shadow.note(MOMENT + 2 * MINUTE, no_room=0, result=compared(1))
    shadow.note(MOMENT + 3 * MINUTE, no_room=0, result=compared(2, ShadowState.FAILED))
    shadow.note(MOMENT + 4 * MINUTE, no_room=1, result=compared(3, ShadowState.LATE))
    shadow.note(MOMENT + 6 * MINUTE, no_room=1, ended=True)

    [trial] = trials(record)

    assert (trial.drawn, len(trial.compared), trial.failed, trial.late) == (5, 1, 1, 1)
    assert (trial.skipped, trial.no_room) == (2, 1)
    assert trial.errors == {"KeyError in gates.py": 1}


def test_run_that_was_killed_tells_what_it_had_in_hand_as_skipped(record: Record) -> None:
    decide(record, 1, 2)
    log(record).note(MOMENT + MINUTE, no_room=0, result=compared(1))
    late = entry("dec-hand", case=clear_case(rma_id="RMA-9"), at=MOMENT + MINUTE + timedelta(seconds=20))
    record.append(late)

    [trial] = trials(record)

    # Not the one of the second minute: by then nobody was there any more.
    assert (trial.drawn, len(trial.compared), trial.skipped) == (2, 1, 1)


def test_decisions_while_no_candidate_was_there_are_not_its_own(record: Record) -> None:
    decide(record, 1, 5, 9)
    for start in (0, 8):
        shadow = log(record, start=start)
        shadow.note(MOMENT + (start + 2) * MINUTE, no_room=0, result=compared(start + 1), ended=True)

    [trial] = trials(record)

    assert (trial.runs, trial.drawn, len(trial.compared), trial.skipped) == (2, 2, 2, 0)
    assert (trial.first_at, trial.last_at) == (MOMENT, MOMENT + 10 * MINUTE)


def test_only_the_share_that_is_drawn_counts(record: Record) -> None:
    minutes = range(1, 41)
    decide(record, *minutes)
    log(record, share=0.25).note(MOMENT + 60 * MINUTE, no_room=0, ended=True)

    [trial] = trials(record)

    expected = sum(is_drawn(f"dec-{minute}", 0.25) for minute in minutes)
    assert trial.drawn == trial.skipped == expected
    assert 3 < expected < 20


def test_each_candidate_has_its_own_trial_the_newest_first(record: Record) -> None:
    decide(record, 1, 5)
    log(record).note(MOMENT + 2 * MINUTE, no_room=0, result=compared(1), ended=True)
    changed = CandidateIdentity.of("dear", {"policy": "3" * 64})
    log(record, replace(changed), start=3).note(MOMENT + 4 * MINUTE, no_room=0, ended=True)
    log(record, OTHER, start=4).note(MOMENT + 6 * MINUTE, no_room=0, result=compared(5), ended=True)

    assert [(one.candidate, one.sha256[:4]) for one in trials(record)] == [
        ("other", OTHER.sha256[:4]),
        ("dear", changed.sha256[:4]),
        ("dear", DEAR.sha256[:4]),
    ]
    assert [one.candidate for one in trials(record, "other")] == ["other"]
    since = trials(record, "other", since=MOMENT + 6 * MINUTE)
    assert [(one.drawn, len(one.compared)) for one in since] == [(0, 0)]


def test_nothing_of_a_candidate_is_evidence_or_told_as_an_event(record: Record) -> None:
    decide(record, 1)
    with record.engine.connect() as connection:
        before = [len(connection.execute(select(table)).all()) for table in (JOURNAL, EVENTS)]
    log(record).note(MOMENT + 2 * MINUTE, no_room=0, result=compared(1))

    with record.engine.connect() as connection:
        after = [len(connection.execute(select(table)).all()) for table in (JOURNAL, EVENTS)]
    kinds = {each.kind for each in record.returns.story("RMA-1").entries}

    assert after == before
    assert kinds == {"decision", "event"}
    assert verify(record.engine).findings == []


def test_erased_return_is_still_compared_by_figures_that_name_nobody(record: Record) -> None:
    decide(record, 1)
    log(record).note(MOMENT + 2 * MINUTE, no_room=0, result=compared(1))

    record.erase("dec-1", reason="asked for", at=MOMENT + 3 * MINUTE)

    [trial] = trials(record)
    assert len(trial.compared) == 1
    with record.engine.connect() as connection:
        [row] = connection.execute(select(SHADOW_RESULTS)).mappings()
    assert "RMA-1" not in str(dict(row))


def test_backup_holds_what_candidates_did(record: Record, record_url: str, tmp_path: Path) -> None:
    decide(record, 1)
    log(record).note(MOMENT + 2 * MINUTE, no_room=0, result=compared(1))

    back_up(record_url, tmp_path / "copy.sqlite", lambda _: None)

    engine = open_unchanged(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    with engine.connect() as connection:
        [trial] = read_trials(connection)
    engine.dispose()
    assert len(trial.compared) == 1
