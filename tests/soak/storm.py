"""Kill a service under load again and again, and hold what it acknowledged against what it kept."""

import base64
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from serving.settings import PHOTOS_VARIABLE
from tests.serving.record.webhooks.receiver import Received, Receiver
from tests.soak.callers import Caller
from tests.soak.databases import Kill, record_place
from tests.soak.ledger import Ledger
from tests.soak.reckoning import events_told, reckon, verify, wrong_answers
from tests.soak.served import Served, served

CALLERS = 4
# Between two kills callers get so many answers, and then up to so many seconds pass: the moment is random.
LEAST_ANSWERS, MOST_WAIT_S = 3, 0.7
# How many decisions are asked for again after each kill; at the end all are.
ASKED_AGAIN = 3
DELIVERED_WITHIN_S = 600.0
SECRET = "whsec_" + base64.b64encode(b"soak" * 8).decode()


@dataclass(frozen=True)
class Outcome:
    """What was killed how often, what was acknowledged, and what is wrong with what was kept."""

    database: str
    kills: Counter[str]
    ledger: Ledger
    events: int
    seconds: float
    wrong: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how much of each kind was acknowledged, and how many events were told of it."""
        decided = self.ledger.decisions
        return {
            "decisions acknowledged": len(decided),
            "photos acknowledged": sum(len(each.given.photos) for each in decided),
            "facts acknowledged": sum(len(each.fact_ids) for each in decided),
            "overrides acknowledged": sum(each.overrides_acknowledged for each in decided),
            "events, each sent to the receiver": self.events,
        }


def storm(
    database: str, folder: Path, *, kills: int, seed: int, told: Callable[[int], object] = lambda _: None
) -> Outcome:
    """Kill workers, the service and its database so many times while callers call, and reckon up."""
    started_s, random_, ledger = time.monotonic(), random.Random(seed), Ledger()
    forged: list[str] = []
    receiver = Receiver(status=_verifying(forged))
    with (
        record_place(database, folder) as place,
        receiver.listening(),
        _webhooks(folder, receiver) as webhooks,
        served(place.url, folder, webhooks) as service,
    ):
        ways = {"worker": service.kill_worker, "service": service.kill_and_start, **place.kills}
        with _calling(service, ledger, seed) as callers:
            killed = _kill_often(service, ledger, ways, callers, random_, kills, told)
        wrong = [*wrong_answers(service, ledger.decisions, ledger), *_undelivered(service, receiver)]
        delivered = {message.message_id for message in receiver.received}
        wrong += [*forged, *reckon(service, ledger, delivered), *verify(service)]
    return Outcome(database, killed, ledger, len(delivered), time.monotonic() - started_s, tuple(wrong))


def _kill_often(
    service: Served,
    ledger: Ledger,
    ways: dict[str, Kill],
    callers: list[Future[None]],
    random_: random.Random,
    kills: int,
    told: Callable[[int], object],
) -> Counter[str]:
    killed: Counter[str] = Counter()
    while killed.total() < kills:
        _wait_for_answers(ledger, callers)
        time.sleep(random_.uniform(0, MOST_WAIT_S))
        # All ways equally often, but in no order.
        way = min(random_.sample(sorted(ways), len(ways)), key=lambda each: killed[each])
        before = random_.sample(ledger.decisions, min(ASKED_AGAIN, len(ledger.decisions)))
        ways[way](random_)
        killed[way] += 1
        service.wait_until_ready()
        wrong = wrong_answers(service, before, ledger)
        assert not wrong, f"after killing the {way}: {wrong}"
        told(killed.total())
    return killed


def _wait_for_answers(ledger: Ledger, callers: list[Future[None]]) -> None:
    enough = len(ledger.decisions) + LEAST_ANSWERS
    while len(ledger.decisions) < enough:
        for caller in callers:
            if caller.done():
                caller.result()
        time.sleep(0.01)


@contextmanager
def _calling(service: Served, ledger: Ledger, seed: int) -> Iterator[list[Future[None]]]:
    """Let callers call until the block ends, and wait until each has its last answer."""
    stop = Event()
    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [
            pool.submit(Caller(service.address, ledger, seed * CALLERS + number).run, stop)
            for number in range(CALLERS)
        ]
        try:
            yield callers
        except BaseException:
            ledger.is_given_up.set()
            raise
        finally:
            stop.set()
        for caller in callers:
            caller.result()


@contextmanager
def _webhooks(folder: Path, receiver: Receiver) -> Iterator[Path]:
    """Name the receiver of events in a file; its secret, and where photos are kept, in the environment."""
    file = folder / "webhooks.yaml"
    file.write_text(f"endpoints:\n  - {{name: soak, url: '{receiver.url}', secrets: ['env:SOAK_SECRET']}}\n")
    # A record on a server has no folder, and its photos would lie where the tests were started.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOAK_SECRET", SECRET)
        patch.setenv(PHOTOS_VARIABLE, str(folder / "photos"))
        yield file


def _verifying(forged: list[str]) -> Callable[[Received], int]:
    """Return what verifies each message as it arrives, by the official library: later it is too old."""

    def status(message: Received) -> int:
        try:
            Webhook(SECRET).verify(message.body, message.headers)
        except WebhookVerificationError as error:
            forged.append(f"event {message.message_id} is not verified: {error}")
            return 400
        return 200

    return status


def _undelivered(service: Served, receiver: Receiver) -> list[str]:
    """Wait until all events have arrived, and say how many did not in time."""
    end_s, told = time.monotonic() + DELIVERED_WITHIN_S, events_told(service)
    while missing := told - {message.message_id for message in receiver.received}:
        if time.monotonic() > end_s:
            return [f"{len(missing)} events were not sent within {DELIVERED_WITHIN_S:.0f} s"]
        time.sleep(0.2)
    return []
