"""Ask a service whose record fails, and say how its answers must be: in time, in words, with nothing lost."""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

# What a person feels. On a machine that does nine times as much as it can everything is late, also what waits
# for nothing: the slowest of twenty at once took 2.6 s there.
FELT_S = 2.0
MOST_SLACK = 3.0
PATIENCE_S = 60
READING = (
    "/v1/decisions",
    "/v1/decisions?disposition=restock",
    "/v1/decisions/{id}",
    "/v1/returns/{rma}",
    "/v1/review-queue",
    "/v1/kpis",
    "/v1/events",
)


@dataclass(frozen=True)
class Asked:
    """One answer and how long it took."""

    response: httpx.Response
    seconds: float


@dataclass(frozen=True)
class FaultyService:
    """A running service whose record can be made to fail."""

    address: str
    record: str
    case: Mapping[str, Any]
    photo: Path

    def decide(self, key: str | None = None, *, photo: bool = False) -> Asked:
        files = [("photos", (self.photo.name, self.photo.read_bytes()))] if photo else None
        headers = {"Idempotency-Key": key} if key else {}
        return self.ask(
            "POST", "/v1/decide", data={"case": json.dumps(self.case)}, files=files, headers=headers
        )

    def override(self, decision_id: str) -> Asked:
        body = {"disposition": "recycle", "person": "Ana", "reason": "frame is bent"}
        return self.ask("POST", f"/v1/decisions/{decision_id}/override", json=body)

    def grade(self) -> Asked:
        return self.ask("POST", "/v1/grade", files=[("photos", (self.photo.name, self.photo.read_bytes()))])

    def score(self) -> Asked:
        return self.ask("POST", "/v1/fraud/score", json={"returns": [self.case]})

    def read(self, path: str, decision_id: str = "") -> Asked:
        return self.ask("GET", path.format(id=decision_id, rma=self.case["rma"]["rma_id"]))

    def readyz(self) -> Asked:
        return self.ask("GET", "/readyz")

    def is_up(self) -> bool:
        """Return whether a worker answers, whatever it says."""
        try:
            self.readyz()
        except httpx.TransportError:
            return False
        return True

    def ask(self, method: str, path: str, **request: Any) -> Asked:
        # A connection of its own each time, as from another caller.
        started = time.monotonic()
        response = httpx.request(
            method, f"{self.address}{path}", timeout=PATIENCE_S, trust_env=False, **request
        )
        return Asked(response, time.monotonic() - started)

    def decisions_and_events(self) -> tuple[int, int]:
        """Return how many decisions are kept and how many were told of: no half of one may be there."""
        events = self.read("/v1/events?limit=200").response.json()
        assert events["has_more"] is False
        made = [event for event in events["events"] if event["type"] == "decision.made"]
        kept = self.read("/v1/decisions?limit=200").response.json()
        assert kept["next_cursor"] is None
        return len(kept["decisions"]), len(made)


def in_a_crowd(calls: Sequence[Callable[[], Asked]]) -> list[Asked]:
    """Make many calls at once, each from another caller, and return their answers in the same order."""
    with ThreadPoolExecutor(len(calls)) as callers:
        return list(callers.map(lambda call: call(), calls))


def slowest_s(answers: Iterable[Asked]) -> float:
    """Return how long the slowest answer took."""
    return max(answer.seconds for answer in answers)


def felt_s() -> float:
    """Return the time an answer may take: longer by what else the machine has to do for each core."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return FELT_S * min(max(1.0, load), MOST_SLACK)


def assert_unusable(asked: Asked, *secrets: str, crowd_s: float = 0.0) -> None:
    """Assert an answer of 503 in time that says what to do, when to come back, and no more than that.

    `crowd_s` is what as many callers at once wait for each other while nothing is wrong.
    """
    response = asked.response
    assert response.status_code == 503, response.text
    assert asked.seconds < felt_s() + crowd_s
    assert int(response.headers["retry-after"]) >= 1
    assert response.headers["content-type"] == "application/problem+json"
    assert "The record can't be used now: " in response.json()["detail"]
    assert [secret for secret in secrets if secret in response.text] == []


def assert_good(asked: Asked) -> httpx.Response:
    assert asked.response.status_code == 200, asked.response.text
    return asked.response


def assert_only_the_record_fails(
    refused: Iterable[Asked], others: Iterable[Asked], *secrets: str, crowd_s: float = 0.0
) -> None:
    """Assert that what needs the record is refused as it must be, and that what does not goes on."""
    for answer in refused:
        assert_unusable(answer, *secrets, crowd_s=crowd_s)
    for answer in others:
        assert_good(answer)


def assert_a_crowd_waits_for_nothing(
    service: FaultyService, needing_it: Sequence[Callable[[], Asked]], broken: AbstractContextManager[None]
) -> None:
    """Assert that many callers who need the record, and two who do not, are answered in time without it."""
    calls = [*needing_it, service.grade, service.score]
    usual_s = slowest_s(in_a_crowd(calls))

    with broken:
        answers = in_a_crowd(calls)

    refused, others = answers[: len(needing_it)], answers[len(needing_it) :]
    assert_only_the_record_fails(refused, others, crowd_s=usual_s)
    assert slowest_s(others) < felt_s() + usual_s
    assert_good(service.decide())


def assert_decided_once(service: FaultyService, key: str) -> None:
    """Assert that a key which was answered with 503 gives one decision, however often it comes again."""
    answers = [assert_good(service.decide(key)) for _ in range(3)]
    assert len({answer.json()["decision_id"] for answer in answers}) == 1
    assert answers[-1].headers["idempotent-replayed"] == "true"


def new_key() -> str:
    return f"key-{uuid.uuid4().hex}"


def wait_until(is_so: Callable[[], bool], *, within_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
