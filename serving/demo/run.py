"""Send returns to a running service the way an intake station and an RMA system do, and show the answers."""

import json
import uuid
from datetime import datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import track

from serving.demo.report import ServiceAnswer, show_answers, show_where
from serving.demo.returns import DemoReturn, own_returns, shipped_returns
from serving.demo.running_service import running_service

ANSWER_TIMEOUT_S = 60.0
# A log or a pipe has no width of its own; this one keeps a row of the table readable.
WIDTH_OFF_SCREEN = 150


def run_demo(photos: Path | None, *, var: Path, now: datetime) -> int:
    """Start the service on an embedded record, send it returns, show its answers and stop it.

    `photos` names a folder of somebody's own photos instead of the drawn returns that ship with Regrade;
    the record and the service's log are kept in a folder under `var`. Returns the exit code: 0 when
    every return got a decision or a problem document that says what its sender can do.
    """
    console = _console()
    returns = shipped_returns() if photos is None else own_returns(photos, now=now)
    folder = _new_folder(var, now)
    record = f"sqlite:///{folder / 'record.sqlite'}"
    log = folder / "service.log"
    with console.status("Starting the service"), running_service(record=record, log=log) as address:
        answers = _send_all(address, returns, console)
    show_answers(console, answers, made_up_cases=photos is not None)
    show_where(console, record=record, log=log)
    return 1 if any(answer.status >= 500 for answer in answers) else 0


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH_OFF_SCREEN)


def _new_folder(var: Path, now: datetime) -> Path:
    folder = var / f"demo-{now:%Y%m%dT%H%M%S}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _send_all(address: str, returns: tuple[DemoReturn, ...], console: Console) -> list[ServiceAnswer]:
    # The service is on this machine, so a proxy set for the outside must not be asked.
    with httpx.Client(base_url=address, timeout=ANSWER_TIMEOUT_S, trust_env=False) as client:
        steps = track(returns, "Sending returns", console=console, transient=True)
        return [_send(client, one) for one in steps]


def _send(client: httpx.Client, one: DemoReturn) -> ServiceAnswer:
    response = client.post(
        "/v1/decide",
        headers={"Idempotency-Key": str(uuid.uuid4())},
        data={"case": json.dumps(one.case), "views": ",".join(photo.view for photo in one.photos)},
        files=[("photos", (photo.path.name, photo.path.read_bytes())) for photo in one.photos],
    )
    return ServiceAnswer(one.title, response.status_code, response.json())
