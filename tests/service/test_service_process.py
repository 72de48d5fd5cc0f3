"""The process starts light and fast, survives a full stop, and several workers share one record."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.demo.running_service import free_port, running_service
from serving.release import champion_version, models_root
from tests.start_cost import MOST_LOADS, load_cpu_s

# Long, because it only ends a hang: a busy machine may take this much.
PATIENCE_S = 180
HEAVY = ("/torch/", "/torchvision/", "/mlflow/", "/lightgbm/", "/pandas/", "/sklearn/")


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-P", "-m", "regrade", "serve", "--port", str(free_port()), *arguments]
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    assert isinstance(process.args, list)
    port = process.args[process.args.index("--port") + 1]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the service did not become ready")


def family(pid: int) -> set[int]:
    """Return a process and its children (Linux)."""
    tasks = Path(f"/proc/{pid}/task")
    return {pid, *(int(each) for task in tasks.iterdir() for each in (task / "children").read_text().split())}


def libraries_of(pid: int) -> set[str]:
    return set(re.findall(r"(/\S+\.so\S*)", Path(f"/proc/{pid}/maps").read_text()))


def cpu_seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_service_starts_light_and_stops_cleanly(tmp_path: Path, stop: signal.Signals) -> None:
    with started("--record", f"sqlite:///{tmp_path / 'record.sqlite'}") as process:
        wait_until_ready(process)
        members = family(process.pid)
        # Of the processor, not of the clock, so that a busy machine can't fail it.
        seconds = sum(cpu_seconds_of(pid) for pid in members)
        libraries = {path for pid in members for path in libraries_of(pid)}
        os.kill(process.pid, stop)
        output = process.communicate(timeout=PATIENCE_S)[0].decode()

    assert len(members) == 2
    assert seconds < MOST_LOADS * load_cpu_s(sys.executable)
    assert any("onnxruntime" in path for path in libraries)
    assert [path for path in libraries if any(name in path for name in HEAVY)] == []
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert not any(Path(f"/proc/{pid}").exists() for pid in members)


@pytest.mark.slow
def test_workers_share_one_record_and_one_idempotency_key(tmp_path: Path, case: dict[str, Any]) -> None:
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"
    with running_service(
        record=record, log=tmp_path / "log", workers=2, ready_timeout_s=PATIENCE_S
    ) as address:
        answers = [decide_anew(address, case) for _ in range(12)]
        listed = httpx.get(f"{address}/v1/decisions", trust_env=False).json()["decisions"]

    assert len({answer["decision_id"] for answer in answers}) == 1
    assert len(listed) == 1


def decide_anew(address: str, case: dict[str, Any]) -> dict[str, Any]:
    # A connection of its own each time, so that both workers get some.
    headers = {"Idempotency-Key": "one"}
    return httpx.post(
        f"{address}/v1/decide", data={"case": json.dumps(case)}, headers=headers, trust_env=False, timeout=30
    ).json()


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (("--host", "nowhere"), {}, "no IP address"),
        (("--record", "no url"), {}, "sqlite:///"),
        ((), {"REGRADE_THREADS": "many"}, "REGRADE_THREADS"),
        ((), {"REGRADE_POLICY": "no-policy"}, "house-1"),
        ((), {"REGRADE_MODELS": "/nowhere"}, "/nowhere"),
        (("--record", "sqlite:////nowhere/record.sqlite"), {}, "no folder /nowhere"),
        (("--record", "sqlite:////dev/full"), {}, "make room"),
        (("--record", "oracel://me:s3cret@host/x"), {}, "oracel://me:***@host/x"),
        ((), {"BENTOML_HOME": "/proc/nowhere"}, "BENTOML_HOME"),
        ((), {"BENTOML_CONFIG": "/nowhere.yaml"}, "BENTOML_CONFIG"),
        ((), {"BENTOML_CONFIG": "house-1"}, ".yaml"),
    ],
)
def test_service_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    record = () if "--record" in arguments else ("--record", f"sqlite:///{tmp_path / 'record.sqlite'}")

    with started(*record, *arguments, **environment) as process:
        output = process.communicate(timeout=PATIENCE_S)[0].decode()

    assert process.returncode != 0
    assert says in output
    assert len(output.strip().splitlines()) == 1


def test_taken_port_is_named(address: str, tmp_path: Path) -> None:
    port = address.rpartition(":")[2]

    with started("--record", f"sqlite:///{tmp_path / 'record.sqlite'}", "--port", port) as process:
        output = process.communicate(timeout=PATIENCE_S)[0].decode()

    assert process.returncode != 0
    assert f"port {port}" in output


def test_model_that_answers_otherwise_than_its_golden_outputs_is_not_served(tmp_path: Path) -> None:
    models = shutil.copytree(models_root(), tmp_path / "models")
    manifest_file = models / "fraud" / champion_version("fraud", models) / "manifest.json"
    manifest = json.loads(manifest_file.read_text())
    # No answer is this near, which is what a changed runtime would look like.
    manifest_file.write_text(json.dumps({**manifest, "golden_tolerance": -1.0}))

    with started(
        "--record", f"sqlite:///{tmp_path / 'record.sqlite'}", REGRADE_MODELS=str(models)
    ) as process:
        output = process.communicate(timeout=PATIENCE_S)[0].decode()

    assert process.returncode != 0
    assert "from its golden one" in output
    assert len(output.strip().splitlines()) == 1
