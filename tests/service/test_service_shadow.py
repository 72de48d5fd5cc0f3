"""A candidate decides beside the running service: whoever asks sees nothing of it, whatever becomes of it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.demo.returns import DemoReturn
from serving.demo.running_service import free_port, running_service
from serving.http.openapi import describe_service
from serving.record.opening import open_unchanged
from serving.record.shadows.shadow_trial import ShadowTrial, read_trials
from serving.release import models_root
from tests.service.test_service_process import family
from tests.serving.shadow.candidates import dear_policy, shadow_file

pytestmark = pytest.mark.slow

# Long, because it only ends a hang: a busy machine may take this much.
PATIENCE_S = 180.0
NAME = "dear-candidate"


@dataclass(frozen=True)
class Served:
    """A service with a candidate beside it."""

    http: httpx.Client
    record: str

    def decide(self, sent: DemoReturn, rma_id: str) -> dict[str, Any]:
        case = {**sent.case, "rma": {**sent.case["rma"], "rma_id": rma_id}}
        photos = [("photos", (one.path.name, one.path.read_bytes(), "image/jpeg")) for one in sent.photos]
        answer = self.http.post("/v1/decide", data={"case": json.dumps(case)}, files=photos)
        assert answer.status_code == 200, answer.text
        decided: dict[str, Any] = answer.json()
        return decided

    def trial(self) -> ShadowTrial | None:
        engine = open_unchanged(self.record)
        try:
            with engine.connect() as connection:
                return next(read_trials(connection), None)
        finally:
            engine.dispose()


@pytest.fixture(scope="module", params=["policy", "models"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve beside a candidate with another policy, once with the released models of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    own = {"models": str(models_root())} if request.param == "models" else {}
    candidate: dict[str, Any] = {"name": NAME, "policy": dear_policy(folder).name, **own}
    record = f"sqlite:///{folder / 'record.sqlite'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGRADE_SHADOW", str(shadow_file(folder, **candidate)))
        with (
            running_service(record=record, log=folder / "log", ready_timeout_s=PATIENCE_S) as address,
            httpx.Client(base_url=address, timeout=PATIENCE_S, trust_env=False) as http,
        ):
            yield Served(http, record)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.2)


def test_candidate_decides_otherwise_and_no_route_tells_of_it(served: Served, honest: DemoReturn) -> None:
    decided = served.decide(honest, "RMA-SHADOW")
    until(lambda: (trial := served.trial()) and trial.compared)
    trial = served.trial()
    assert trial

    answers = {path: served.http.get(path) for path in read_routes(decided["decision_id"], "RMA-SHADOW")}
    bodies = {path: answer.text for path, answer in answers.items()} | {"/v1/decide": json.dumps(decided)}

    [row] = trial.compared
    assert row.live["disposition"] == decided["disposition"] == "restock"
    assert row.candidate["disposition"] != "restock"
    assert row.candidate["grade"] == decided["condition"]["grade"]
    assert len(answers) > 15
    assert {answer.status_code for answer in answers.values()} == {200}
    told = [NAME, "shadow", trial.sha256, trial.parts["policy"], "dear.yaml"]
    seen = [(path, word) for path, body in bodies.items() for word in told if word in described(path, body)]
    assert seen == []


def read_routes(decision_id: str, rma_id: str) -> list[str]:
    """Return every address that can be read, with what was decided in the place of its names."""
    names = {"decision_id": decision_id, "rma_id": rma_id, "n": "0"}
    paths = [path for path, calls in describe_service()["paths"].items() if "get" in calls]
    own = ["/docs.json", "/station", "/schema.json"]
    return sorted({re.sub(r"\{(\w+)\}", lambda name: names[name[1]], path) for path in paths} | {*own})


def described(path: str, body: str) -> str:
    """Return what an answer says of decisions: a page's drawn shadows are no candidate's."""
    return body.replace("box-shadow", "") if path in {"/station", "/station/station.css"} else body


def test_retried_key_is_compared_once(served: Served, honest: DemoReturn) -> None:
    before = served.trial()
    for _ in range(2):
        data = {"case": json.dumps({**honest.case, "rma": {**honest.case["rma"], "rma_id": "RMA-KEY"}})}
        answer = served.http.post("/v1/decide", data=data, headers={"Idempotency-Key": "again"})
        assert answer.status_code == 200
    decision_id = answer.json()["decision_id"]
    until(lambda: (trial := served.trial()) and decision_id in {one.decision_id for one in trial.compared})

    after = served.trial()
    assert after
    assert len(after.compared) == (len(before.compared) if before else 0) + 1


def test_candidate_that_is_killed_is_started_again_and_no_answer_fails(
    served: Served, honest: DemoReturn
) -> None:
    for pid in children_of(served):
        os.kill(pid, signal.SIGKILL)

    first = served.decide(honest, "RMA-KILLED-1")
    second = served.decide(honest, "RMA-KILLED-2")

    def is_compared() -> bool:
        trial = served.trial()
        found = {one.decision_id for one in trial.compared} if trial else set()
        return second["decision_id"] in found

    # By photos that the record knows by then, so both go to a person; what counts is that both are answered.
    assert first["decision_id"] != second["decision_id"]
    until(is_compared)


def children_of(served: Served) -> list[int]:
    """Return the candidate's processes of this service (Linux)."""
    folder = Path(served.record.removeprefix("sqlite:///")).parent
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serving.shadow.shadow_child" in words and str(folder / "shadow.yaml").encode() in words:
            found.append(int(path.parent.name))
    assert found
    return found


def test_service_that_is_killed_loses_what_was_in_hand_and_tells_it_as_skipped(
    tmp_path: Path, honest: DemoReturn
) -> None:
    # A candidate that is stopped never answers: what is offered stays in hand until the kill.
    record, port = f"sqlite:///{tmp_path / 'record.sqlite'}", free_port()
    file = shadow_file(tmp_path, name=NAME, policy=dear_policy(tmp_path).name, seconds=120)
    command = [sys.executable, "-P", "-m", "regrade", "serve", "--port", str(port), "--record", record]
    with (tmp_path / "log").open("wb") as output:
        process = subprocess.Popen(
            [*command, "--shadow", str(file)], stdout=output, stderr=output, start_new_session=True
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False) as http:
            until(lambda: is_ready(http))
            served = Served(http, record)
            served.decide(honest, "RMA-1")
            until(lambda: (trial := served.trial()) and trial.compared)
            candidates = children_of(served)
            for pid in candidates:
                os.kill(pid, signal.SIGSTOP)
            served.decide(honest, "RMA-2")
            served.decide(honest, "RMA-3")
    finally:
        # The one that watches over the workers first, or it would start others.
        for pid in sorted(family(process.pid), key=lambda each: each != process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
    for pid in candidates:
        os.kill(pid, signal.SIGCONT)

    trial = Served(http, record).trial()
    assert trial
    assert (trial.drawn, len(trial.compared), trial.failed, trial.skipped) == (3, 1, 0, 2)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in candidates))


def is_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").is_success
    except httpx.TransportError:
        return False


def test_broken_candidate_stops_the_start_in_words(tmp_path: Path) -> None:
    file = shadow_file(tmp_path, policy="missing.yaml")
    command = [sys.executable, "-P", "-m", "regrade", "serve", "--port", str(free_port())]
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"

    result = subprocess.run(
        [*command, "--record", record, "--shadow", str(file)], capture_output=True, text=True, check=False
    )

    assert result.returncode == 2
    assert "no policy 'missing.yaml'" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "record.sqlite").exists()
