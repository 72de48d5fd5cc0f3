"""What does not fit the budget is dropped and counted, and nobody who asks ever waits for a candidate."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.decision import Destination, Disposition
from data.fraud import Action
from serving.record.errors import UnusableRecord
from serving.record.shadows.shadow_log import CandidateIdentity, ShadowChoice, ShadowResult, ShadowState
from serving.shadow import shadow as shadow_module
from serving.shadow.candidate import SeenReturn
from serving.shadow.shadow import Shadow
from serving.shadow.shadow_file import ShadowBudget
from serving.shadow.shadow_process import ShadowDied, ShadowFailed, ShadowLate
from tests.serving.shadow.candidates import seen_return

NOW = datetime(2026, 3, 8, tzinfo=UTC)
CHOICE = ShadowChoice(
    Disposition.REPAIR, Destination.REPAIR_CENTRE, "value", "A", 0.1, Action.RELEASE, False, 600.0, 10.0
)
Act = Callable[[SeenReturn], ShadowChoice]


class Process:
    """A candidate's process that does what a test says."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self.is_running = False
        self.starts = 0
        self.asked: list[str] = []
        self.interrupted = threading.Event()

    def start(self) -> CandidateIdentity:
        self.starts += 1
        self.is_running = True
        return CandidateIdentity.of("dear", {"policy": "0" * 64})

    def decide(self, seen: SeenReturn, within_s: float) -> ShadowChoice:
        assert within_s == 5
        self.asked.append(seen.decision.decision_id)
        return self.act(seen)

    def interrupt(self) -> None:
        self.interrupted.set()

    def end(self) -> None:
        self.is_running = False


class Log:
    """A log that remembers, or can't be written."""

    def __init__(self) -> None:
        self.results: list[ShadowResult] = []
        self.no_room = 0
        self.ended = self.is_closed = False
        self.fault: Exception | None = None

    def note(
        self, at: datetime, *, no_room: int, result: ShadowResult | None = None, ended: bool = False
    ) -> None:
        assert at == NOW
        if self.fault is not None:
            raise self.fault
        self.no_room, self.ended = no_room, ended
        if result:
            self.results.append(result)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def shadows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Shadow, Process, Log]]]:
    monkeypatch.setattr(shadow_module, "PAUSES_S", (0.0,))
    made: list[Shadow] = []

    def make(act: Act, **budget: Any) -> tuple[Shadow, Process, Log]:
        process, log = Process(act), Log()
        given = {"share": 1.0, "seconds": 5, "waiting": 2, **budget}
        doubles: Any = process
        logs: Any = log
        shadow = Shadow(doubles, lambda _: logs, ShadowBudget(**given), lambda: NOW, needs_photos=True)
        made.append(shadow)
        return shadow, process, log

    yield make
    for shadow in made:
        shadow.stop()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def test_result_is_kept_with_both_times(shadows: Any) -> None:
    shadow, _, log = shadows(lambda _: CHOICE)
    shadow.start()

    shadow.offer(seen_return("dec-1"))
    until(lambda: log.results)

    [result] = log.results
    assert (result.decision_id, result.state, result.choice) == ("dec-1", ShadowState.COMPARED, CHOICE)
    assert (result.live_duration_s, result.error) == (0.25, None)


def test_offer_returns_at_once_while_a_candidate_hangs_and_what_does_not_fit_is_counted(shadows: Any) -> None:
    gate = threading.Event()

    def hang(_: SeenReturn) -> ShadowChoice:
        gate.wait(30)
        return CHOICE

    shadow, process, log = shadows(hang, waiting=2)
    shadow.start()
    shadow.offer(seen_return("dec-0"))
    until(lambda: process.asked)

    begun = time.monotonic()
    for number in range(1, 101):
        shadow.offer(seen_return(f"dec-{number}"))
    took_s = time.monotonic() - begun
    gate.set()
    until(lambda: len(log.results) == 3)

    # Making the returns is most of it; 100 that waited for the candidate would take for ever.
    assert took_s < 15
    assert process.asked == ["dec-0", "dec-1", "dec-2"]
    assert log.no_room == 98


def test_photos_that_wait_take_no_more_memory_than_the_budget_says(shadows: Any) -> None:
    gate = threading.Event()

    def hang(_: SeenReturn) -> ShadowChoice:
        gate.wait(30)
        return CHOICE

    shadow, process, log = shadows(hang, waiting=100, photo_mib=1)
    shadow.start()
    shadow.offer(seen_return("dec-0"))
    until(lambda: process.asked)

    for number in range(1, 5):
        shadow.offer(seen_return(f"dec-{number}", photos=[bytes(400_000)]))
    gate.set()
    until(lambda: len(log.results) == 3)

    assert process.asked == ["dec-0", "dec-1", "dec-2"]
    assert log.no_room == 2
    shadow.offer(seen_return("dec-9", photos=[bytes(900_000)]))
    until(lambda: len(log.results) == 4)


def test_share_is_drawn_by_the_name_of_a_decision(shadows: Any) -> None:
    shadow, process, log = shadows(lambda _: CHOICE, share=0.3, waiting=1000)
    one = seen_return("dec-0")
    for number in range(200):
        decision = one.decision.__class__(**{**vars(one.decision), "decision_id": f"dec-{number}"})
        shadow.offer(SeenReturn(one.case, decision, (), None, 0.1))
    shadow.start()
    until(lambda: log.results and not shadow._waiting)

    assert 30 < len(process.asked) < 90
    assert log.no_room == 0


@pytest.mark.parametrize(
    ("failure", "state", "error", "starts"),
    [
        (ShadowLate("it took more than 5 s"), ShadowState.LATE, None, 2),
        (ShadowDied("its process ended"), ShadowState.FAILED, "its process ended", 2),
        (ShadowFailed("ValueError in gates.py"), ShadowState.FAILED, "ValueError in gates.py", 1),
    ],
)
def test_candidate_that_fails_is_told_and_goes_on(
    shadows: Any, failure: Exception, state: ShadowState, error: str | None, starts: int
) -> None:
    def act(seen: SeenReturn) -> ShadowChoice:
        if seen.decision.decision_id == "dec-1":
            process.is_running = isinstance(failure, ShadowFailed)
            raise failure
        return CHOICE

    shadow, process, log = shadows(act)
    shadow.start()
    for name in ("dec-1", "dec-2"):
        shadow.offer(seen_return(name))
    until(lambda: len(log.results) == 2)

    assert [(one.state, one.error) for one in log.results] == [(state, error), (ShadowState.COMPARED, None)]
    assert log.results[0].choice is None
    assert process.starts == starts


def test_candidate_whose_process_does_not_start_is_tried_again(shadows: Any, tmp_path: Path) -> None:
    shadow, process, log = shadows(lambda _: CHOICE)
    start, failures = process.start, iter([ShadowDied("no"), ShadowLate("no")])

    def fail_twice() -> CandidateIdentity:
        for failure in failures:
            raise failure
        identity: CandidateIdentity = start()
        return identity

    process.start = fail_twice
    shadow.start()
    shadow.offer(seen_return("dec-1"))
    until(lambda: log.results)

    assert [one.state for one in log.results] == [ShadowState.COMPARED]


def test_record_that_cannot_be_written_stops_no_candidate(shadows: Any) -> None:
    shadow, process, log = shadows(lambda _: CHOICE)
    log.fault = UnusableRecord("record: the disk is full")
    shadow.start()
    shadow.offer(seen_return("dec-1"))
    until(lambda: process.asked == ["dec-1"])
    log.fault = None
    shadow.offer(seen_return("dec-2"))
    until(lambda: log.results)

    assert [one.decision_id for one in log.results] == ["dec-2"]


def test_stop_ends_at_once_and_drops_what_is_in_hand(shadows: Any) -> None:
    def wait_for_the_kill(_: SeenReturn) -> ShadowChoice:
        process.interrupted.wait(30)
        raise ShadowDied("its process ended")

    shadow, process, log = shadows(wait_for_the_kill)
    shadow.start()
    for name in ("dec-1", "dec-2"):
        shadow.offer(seen_return(name))
    until(lambda: process.asked)

    begun = time.monotonic()
    shadow.stop()

    assert time.monotonic() - begun < 5
    assert (log.results, log.ended, log.is_closed) == ([], True, True)
    assert process.asked == ["dec-1"]
