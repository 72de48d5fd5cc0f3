"""Ask one checkout everything, through its service and its command line, and keep the answers as text."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from serving.demo.running_service import running_service
from tests.answers.inputs import VIEWS

SCORED_AT_ONCE = 250
DECIDED_WITHOUT_PHOTOS = 200
TIMEOUT_S = 300.0
# What differs between any two runs of the same code: identities and the clock.
_PASSING = re.compile(
    r'("(?:decision_id|decided_at|overridden_at|kept_at|location|instance)":\s*")[^"]*"|(/v1/decisions/)[0-9a-f]{32}'
)
_CONTRADICTIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/v1/fraud/score", {"json": {"returns": []}}),
    ("POST", "/v1/fraud/score", {"json": {"returns": [{}]}}),
    ("POST", "/v1/fraud/score", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    ("POST", "/v1/grade", {"data": {"device_class": "phone"}}),
    ("POST", "/v1/grade", {"files": [("photos", ("a.jpg", b"text", "image/jpeg"))]}),
    ("POST", "/v1/grade", {"files": [("photos", ("a.jpg", b"", "image/jpeg"))] * 13}),
    ("POST", "/v1/decide", {"data": {"case": "{}"}}),
    ("GET", "/v1/decisions?limit=-3", {}),
    ("GET", "/v1/decisions/none", {}),
    ("GET", "/v1/nothing", {}),
    ("GET", "/docs.json", {}),
)


@dataclass(frozen=True)
class Answer:
    """What one question was answered, with what passes by masked."""

    question: str
    text: str


def ask(checkout: Path, inputs: Path, work: Path) -> list[Answer]:
    """Put every question of the comparison to the code of a checkout."""
    return [*_ask_command_line(checkout, inputs, work), *_ask_service(checkout, inputs, work)]


def _ask_command_line(checkout: Path, inputs: Path, work: Path) -> Iterator[Answer]:
    samples = inputs / "samples"
    calls: dict[str, Sequence[str | Path]] = {
        "grade in words": ["grade", *sorted((inputs / "devices").iterdir())],
        "grade as JSON": ["grade", "--json", *sorted((inputs / "devices").iterdir())],
        "score X12": ["score", samples / "returns.x12"],
        "score X12 with scans": [
            *("score", samples / "returns.x12", "--scans", samples / "shipments.x12", samples / "events.json")
        ],
        "score a broken X12": ["score", samples / "cut-short.x12"],
        "score one EPCIS case": ["score", samples / "case.jsonl", "--scans", samples / "events.json"],
        "help": ["--help"],
    }
    for name, words in calls.items():
        result = _run(checkout, words, work)
        for number, line in enumerate([*result.stdout.splitlines(), f"exit code {result.returncode}"]):
            yield Answer(f"{name}, line {number}", _mask(line))
        yield Answer(f"{name}, told", _mask(result.stderr.replace(str(inputs), "INPUTS")))


def _ask_service(checkout: Path, inputs: Path, work: Path) -> Iterator[Answer]:
    cases = [json.loads(line) for line in (inputs / "cases.jsonl").read_text().splitlines()]
    with _served(checkout, work) as client:
        for method, path, request in _CONTRADICTIONS:
            yield _answer(f"{method} {path} {sorted(request)}", client.request(method, path, **request))
        for first in range(0, len(cases), SCORED_AT_ONCE):
            yield from _scores(client, first, cases[first : first + SCORED_AT_ONCE])
        for device in sorted((inputs / "devices").iterdir()):
            for view in VIEWS:
                photo = device / f"{view.value}.jpg"
                yield _answer(f"grade {device.name} {view}", client.post("/v1/grade", files=[_file(photo)]))
        for number, case in enumerate(cases[:DECIDED_WITHOUT_PHOTOS]):
            yield _answer(f"decide {number}", client.post("/v1/decide", data={"case": json.dumps(case)}))
        for entry in json.loads((inputs / "demo" / "cases.json").read_text()):
            yield _decided(client, inputs / "demo", entry)
        yield _answer("decisions", client.get("/v1/decisions?limit=100"))
        yield _answer("review queue", client.get("/v1/review-queue"))
        yield _answer("kpis", client.get("/v1/kpis"))


def _scores(client: httpx.Client, first: int, cases: list[Any]) -> Iterator[Answer]:
    response = client.post("/v1/fraud/score", json={"returns": cases})
    for number, score in enumerate(response.json()["scores"], start=first):
        yield Answer(f"score {number}", json.dumps(score))


def _decided(client: httpx.Client, folder: Path, entry: Mapping[str, Any]) -> Answer:
    files = [_file(folder / photo["file"]) for photo in entry["photos"]]
    views = [photo["view"] for photo in entry["photos"]]
    form = {"case": json.dumps(entry["case"]), "views": views}
    return _answer(f"decide {entry['title']}", client.post("/v1/decide", data=form, files=files))


def _file(photo: Path) -> tuple[str, tuple[str, bytes, str]]:
    return "photos", (photo.name, photo.read_bytes(), "image/jpeg")


def _answer(question: str, response: httpx.Response) -> Answer:
    return Answer(question, f"{response.status_code} {_mask(response.text)}")


def _mask(text: str) -> str:
    return _PASSING.sub(lambda found: f'{found[1]}*"' if found[1] else f"{found[2]}*", text)


def _environment(checkout: Path) -> dict[str, str]:
    # Without memory: what a record adds to a case hangs on what was decided before, and would hide the rest.
    return {**os.environ, "PYTHONPATH": str(checkout), "COLUMNS": "100", "REGRADE_MEMORY": "off"}


def _run(checkout: Path, words: Sequence[str | Path], work: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "regrade", *map(str, words)]
    return subprocess.run(
        command, cwd=work, env=_environment(checkout), capture_output=True, text=True, check=False
    )


@contextmanager
def _served(checkout: Path, work: Path) -> Iterator[httpx.Client]:
    """Serve a checkout on a free port with an empty record until the block ends."""
    record = f"sqlite:///{work / 'record.sqlite'}"
    with (
        # BentoML's workers look for the service in the folder they start in before all else.
        chdir(work),
        patch.dict(os.environ, _environment(checkout)),
        running_service(record=record, log=work / "service.log") as address,
        httpx.Client(base_url=address, timeout=TIMEOUT_S, trust_env=False) as client,
    ):
        yield client
