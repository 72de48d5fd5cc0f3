"""Every event reaches its receiver at least once, in order for one return, whatever the receiver does."""

import asyncio
import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from serving.record.record import Record
from serving.record.webhooks.endpoints import Endpoint
from serving.record.webhooks.event_sender import EndpointLine, EventSender
from serving.record.webhooks.only_sender import OnlySender
from serving.record.webhooks.queue import DeliveryQueue
from serving.record.webhooks.rules import DeliveryRules, read_rules
from tests.serving.clear_return import clear_case
from tests.serving.record.entries import choice, entry, numbered
from tests.serving.record.webhooks.receiver import Received, Receiver

KEY, NEXT_KEY = b"k" * 32, b"n" * 32
START = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
RULES = read_rules()


class Desk:
    """A record with one receiver, and a clock that a test moves."""

    def __init__(self, url: str, receiver: Receiver, types: frozenset[str] = frozenset()) -> None:
        self.record = Record.open(url, numbered("evt"))
        self.receiver = receiver
        self.now = START
        self.queue = DeliveryQueue(self.record.database)
        self.endpoint = Endpoint("rma", receiver.url, types, (KEY,))
        self.line = EndpointLine(self.endpoint, self.queue, RULES, lambda: self.now)
        self.queue.lay_in(self.endpoint, self.now)

    def decide(self, number: int, rma_id: str) -> None:
        self.record.append(entry(f"dec-{number}", case=clear_case(rma_id=rma_id)))
        # Reading them seals them, as the sender does.
        self.record.events(limit=1)

    def rounds(self, count: int = 1) -> float:
        async def send() -> float:
            async with httpx.AsyncClient(trust_env=False) as client:
                return [await self.line.round(client) for _ in range(count)][-1]

        return asyncio.run(send())

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def sent(self) -> list[str]:
        return [message.values["data"]["decision_id"] for message in self.receiver.received]

    def state(self) -> tuple[int, int, int]:
        state = self.queue.states()[0]
        return state.pending, state.dead, state.delivered


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def desk(record_url: str, receiver: Receiver) -> Iterator[Desk]:
    opened = Desk(record_url, receiver)
    yield opened
    opened.record.close()


def answering(status: int, to: str) -> Callable[[Received], int]:
    return lambda message: status if message.values["data"]["rma_id"] == to else 200


def test_event_is_signed_as_the_official_library_verifies(desk: Desk) -> None:
    desk.now = datetime.now(UTC)
    desk.decide(1, "RMA-1")
    with desk.receiver.listening():
        desk.rounds()

    message = desk.receiver.received[0]
    verifier = Webhook("whsec_" + base64.b64encode(KEY).decode())

    assert verifier.verify(message.body, message.headers) == {
        "type": "decision.made",
        "timestamp": "2026-03-08T10:00:00.000000Z",
        "data": {
            "decision_id": "dec-1",
            "rma_id": "RMA-1",
            "disposition": "restock",
            "destination": "domestic_stock",
        },
    }
    with pytest.raises(WebhookVerificationError):
        verifier.verify(message.body.replace(b"restock", b"destroy"), message.headers)


def test_while_secrets_change_either_verifies(desk: Desk) -> None:
    desk.now = datetime.now(UTC)
    both = Endpoint("rma", desk.receiver.url, frozenset(), (NEXT_KEY, KEY))
    desk.line = EndpointLine(both, desk.queue, RULES, lambda: desk.now)
    desk.decide(1, "RMA-1")
    with desk.receiver.listening():
        desk.rounds()

    message = desk.receiver.received[0]

    for key in (KEY, NEXT_KEY):
        assert Webhook("whsec_" + base64.b64encode(key).decode()).verify(message.body, message.headers)


def test_events_of_one_return_arrive_one_after_another(desk: Desk) -> None:
    desk.decide(1, "RMA-1")
    desk.record.override("dec-1", choice())
    desk.decide(2, "RMA-1")
    with desk.receiver.listening():
        desk.rounds(4)

    assert [message.values["type"] for message in desk.receiver.received] == [
        "decision.made",
        "decision.overridden",
        "decision.made",
    ]
    assert desk.state() == (0, 0, 3)


def test_receiver_that_was_down_gets_everything_when_it_is_back(desk: Desk) -> None:
    for number in range(6):
        desk.decide(number, f"RMA-{number % 3}")
    waited = 0.0
    while waited < 3600:
        pause_s = desk.rounds()
        assert 0 < pause_s <= RULES.pause_s[-1]
        desk.wait(pause_s)
        waited += pause_s
    with desk.receiver.listening():
        desk.rounds(6)

    assert sorted(desk.sent) == [f"dec-{number}" for number in range(6)]
    for first, later in (("dec-0", "dec-3"), ("dec-1", "dec-4"), ("dec-2", "dec-5")):
        assert desk.sent.index(first) < desk.sent.index(later)
    assert desk.state() == (0, 0, 6)


def test_refused_event_is_sent_again_later_and_holds_up_its_return_alone(desk: Desk) -> None:
    desk.receiver.status = answering(500, to="RMA-1")
    desk.decide(1, "RMA-1")
    desk.decide(2, "RMA-1")
    desk.decide(3, "RMA-2")
    with desk.receiver.listening():
        desk.rounds(3)
        assert sorted(desk.sent) == ["dec-1", "dec-3"]

        desk.receiver.status = lambda _: 200
        desk.rounds()
        assert len(desk.sent) == 2, "it is not time yet"

        desk.wait(RULES.retry_after_s[0])
        desk.rounds(3)

    assert desk.sent[2:] == ["dec-1", "dec-2"]
    assert desk.receiver.ids[desk.sent.index("dec-1")] == desk.receiver.ids[2], (
        "the same message, told by its id"
    )


def test_event_that_is_always_refused_becomes_a_dead_letter_until_somebody_asks(desk: Desk) -> None:
    desk.receiver.status = lambda _: 400
    desk.decide(1, "RMA-1")
    desk.decide(2, "RMA-1")
    with desk.receiver.listening():
        for delay_s in (*RULES.retry_after_s, 1.0):
            desk.rounds()
            desk.wait(delay_s)
        assert desk.state() == (1, 1, 0)

        desk.receiver.status = lambda _: 200
        desk.rounds()
        assert desk.queue.revive("rma", desk.now) == 1
        desk.rounds()

    assert desk.sent[-2:] == ["dec-2", "dec-1"]
    assert desk.state() == (0, 0, 2)


def test_event_that_its_receiver_never_answers_becomes_a_dead_letter_in_the_end(desk: Desk) -> None:
    desk.decide(1, "RMA-1")
    desk.rounds()
    desk.wait(RULES.give_up_after_h * 3600 + 1)
    desk.rounds()

    assert desk.state() == (0, 1, 0)
    assert "ConnectError" in str(desk.queue.states()[0].last_error)


def test_event_that_its_receiver_is_never_home_for_holds_up_no_other(desk: Desk) -> None:
    desk.receiver.status = answering(503, to="RMA-1")
    desk.decide(1, "RMA-1")
    desk.decide(2, "RMA-2")
    desk.decide(3, "RMA-3")
    with desk.receiver.listening():
        for _ in range(4):
            desk.wait(desk.rounds())

    assert {"dec-2", "dec-3"} <= set(desk.sent)
    assert desk.state() == (1, 0, 2)


def test_slow_receiver_is_given_up_on_in_time_and_tried_again(desk: Desk) -> None:
    hasty = DeliveryRules(**{**RULES.model_dump(), "timeout_s": 0.2})
    desk.line = EndpointLine(desk.endpoint, desk.queue, hasty, lambda: desk.now)
    desk.receiver.delay_s = 1.0
    desk.decide(1, "RMA-1")
    with desk.receiver.listening():
        pause_s = desk.rounds()
        desk.receiver.delay_s = 0.0
        desk.wait(pause_s)
        desk.rounds()

    assert desk.sent == ["dec-1", "dec-1"]
    assert len(set(desk.receiver.ids)) == 1
    assert desk.state() == (0, 0, 1)


def test_receiver_is_left_alone_for_as_long_as_it_asks(desk: Desk) -> None:
    desk.receiver.status = lambda _: 429
    desk.receiver.headers = {"Retry-After": "120"}
    desk.decide(1, "RMA-1")
    with desk.receiver.listening():
        assert desk.rounds() == 120
        desk.receiver.headers = {"Retry-After": "999999"}
        assert desk.rounds() == RULES.retry_after_at_most_s


def test_redirection_takes_no_event(desk: Desk) -> None:
    desk.receiver.status = lambda _: 302
    desk.receiver.headers = {"Location": desk.receiver.url}
    desk.decide(1, "RMA-1")
    with desk.receiver.listening():
        desk.rounds()

    assert desk.state() == (1, 0, 0)
    assert len(desk.sent) == 1


def test_receiver_gets_what_it_wants_from_when_it_was_named(record_url: str, receiver: Receiver) -> None:
    before = Record.open(record_url, numbered("old"))
    before.append(entry("dec-0", case=clear_case(rma_id="RMA-0")))
    before.events(limit=1)
    before.close()
    desk = Desk(record_url, receiver, frozenset({"decision.overridden"}))
    desk.decide(1, "RMA-1")
    desk.record.override("dec-1", choice())
    desk.record.events(limit=1)
    with receiver.listening():
        desk.rounds(2)

    assert [message.values["type"] for message in receiver.received] == ["decision.overridden"]
    desk.record.close()


def test_everything_since_a_moment_is_sent_again_if_somebody_asks(desk: Desk) -> None:
    desk.decide(1, "RMA-1")
    desk.decide(2, "RMA-2")
    with desk.receiver.listening():
        desk.rounds(2)
        assert desk.queue.send_again(desk.endpoint, datetime(2026, 3, 8, tzinfo=UTC), desk.now) == 2
        assert desk.queue.send_again(desk.endpoint, datetime(2026, 3, 9, tzinfo=UTC), desk.now) == 0
        desk.rounds(2)

    assert sorted(desk.sent) == ["dec-1", "dec-1", "dec-2", "dec-2"]


def test_what_was_delivered_is_forgotten_after_a_while_and_nothing_else(desk: Desk) -> None:
    desk.receiver.status = answering(400, to="RMA-1")
    desk.decide(1, "RMA-1")
    desk.decide(2, "RMA-2")
    with desk.receiver.listening():
        desk.rounds(2)

    desk.queue.prune(START + timedelta(days=1))

    assert desk.state() == (1, 0, 0)


def test_of_two_workers_one_sends_and_the_other_takes_over(record_url: str, receiver: Receiver) -> None:
    desk = Desk(record_url, receiver)
    second = Record.open(record_url, numbered("second"))
    first_right, second_right = OnlySender(desk.record.engine), OnlySender(second.engine)

    assert first_right.is_ours()
    assert first_right.is_ours()
    assert not second_right.is_ours()

    first_right.give_back()

    assert second_right.is_ours()
    second_right.give_back()
    second.close()
    desk.record.close()


def test_sender_sends_what_is_decided_while_it_runs(record_url: str, receiver: Receiver) -> None:
    desk = Desk(record_url, receiver)
    senders = [
        EventSender(desk.record.database, [desk.endpoint], RULES, lambda: datetime.now(UTC)) for _ in range(2)
    ]
    with receiver.listening():
        for sender in senders:
            sender.start()
        for number in range(5):
            desk.record.append(entry(f"dec-{number}", case=clear_case(rma_id="RMA-1")))
        receiver.wait_for(5)
        for sender in senders:
            sender.stop()

    assert desk.sent == [f"dec-{number}" for number in range(5)]
    desk.record.close()


def test_receiver_is_told_what_is_decided_before_its_line_runs(desk: Desk) -> None:
    late = Endpoint("late", desk.receiver.url, frozenset(), (KEY,))
    for _ in range(2):
        desk.queue.know([late])
    desk.decide(1, "RMA-1")
    desk.line = EndpointLine(late, desk.queue, RULES, lambda: desk.now)
    with desk.receiver.listening():
        desk.rounds(2)

    assert desk.sent == ["dec-1"]
