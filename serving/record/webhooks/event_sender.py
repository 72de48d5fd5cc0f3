"""Send events in the background for as long as the service runs."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import httpx
from sqlalchemy.exc import SQLAlchemyError

from serving.record.chain.seal import seal_if_possible
from serving.record.database.database import Database
from serving.record.errors import RecordError
from serving.record.webhooks.endpoints import Endpoint
from serving.record.webhooks.only_sender import OnlySender
from serving.record.webhooks.post import Answer, Reaction, post
from serving.record.webhooks.queue import Delivery, DeliveryQueue
from serving.record.webhooks.rules import DeliveryRules

LOGGER = logging.getLogger("regrade.webhooks")
# How soon an event is seen, and how soon another worker takes over where the one that sends has ended.
POLL_S = 0.5
PRUNE_EVERY_S = 3600.0
STOP_WITHIN_S = 5.0


class EventSender:
    """A thread that sends the events of a record, if no other worker does."""

    def __init__(
        self,
        database: Database,
        endpoints: Sequence[Endpoint],
        rules: DeliveryRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._endpoints = endpoints
        self._rules = rules
        self._clock = clock
        self._queue = DeliveryQueue(database)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to send; events of before are for those receivers alone that were known already."""
        # What is decided from here on is for the new ones as well, also before the thread has got to them.
        with suppress(RecordError):
            self._queue.know(self._endpoints)
        self._thread.start()

    def stop(self) -> None:
        """End after what is on its way; what was sent and not yet noted is sent again the next time."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S)

    def _run(self) -> None:
        right = OnlySender(self._database.engine)
        try:
            while not self._stopping.wait(POLL_S):
                try:
                    if right.is_ours():
                        asyncio.run(self._send_while(right))
                except (SQLAlchemyError, RecordError, OSError) as error:
                    LOGGER.warning("webhooks wait for the record: %s", _first_line(error))
        finally:
            right.give_back()

    async def _send_while(self, right: OnlySender) -> None:
        async with httpx.AsyncClient(follow_redirects=False) as client:
            lines = [EndpointLine(each, self._queue, self._rules, self._clock) for each in self._endpoints]
            running = [asyncio.create_task(line.run(client)) for line in lines]
            try:
                await self._watch(right)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)

    async def _watch(self, right: OnlySender) -> None:
        """Seal new events until the right is lost or the service ends."""
        pruned_at = self._clock()
        while not self._stopping.is_set() and await asyncio.to_thread(right.is_ours):
            await asyncio.to_thread(seal_if_possible, self._database)
            now = self._clock()
            if (now - pruned_at).total_seconds() > PRUNE_EVERY_S:
                pruned_at = now
                days = timedelta(days=self._rules.keep_delivered_days)
                await asyncio.to_thread(self._queue.prune, now - days)
            await asyncio.sleep(POLL_S)


class EndpointLine:
    """The way to one receiver: takes what is due from its queue, sends it and notes what came of it."""

    def __init__(
        self,
        endpoint: Endpoint,
        queue: DeliveryQueue,
        rules: DeliveryRules,
        clock: Callable[[], datetime],
    ) -> None:
        self._endpoint = endpoint
        self._queue = queue
        self._rules = rules
        self._clock = clock
        self._times_away = 0

    async def run(self, client: httpx.AsyncClient) -> None:
        """Send until cancelled."""
        while True:
            try:
                pause_s = await self.round(client)
            except (SQLAlchemyError, RecordError) as error:
                LOGGER.warning("webhook %s waits for the record: %s", self._endpoint.name, _first_line(error))
                pause_s = self._rules.pause_s[-1]
            await asyncio.sleep(pause_s)

    async def round(self, client: httpx.AsyncClient) -> float:
        """Send what is due now, and return for how many seconds there is nothing to do."""
        now = self._clock()
        await asyncio.to_thread(self._queue.lay_in, self._endpoint, now)
        # One is enough to see whether a receiver is back.
        limit = 1 if self._times_away else self._rules.at_once
        due = await asyncio.to_thread(self._queue.due, self._endpoint.name, now, limit)
        if not due:
            return POLL_S
        answers = await asyncio.gather(*(self._post(client, each) for each in due))
        for delivery, answer in zip(due, answers, strict=True):
            await asyncio.to_thread(self._note, delivery, answer)
        return self._pause_s(answers)

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery) -> Answer:
        at_s = int(self._clock().timestamp())
        return await post(client, self._endpoint, delivery, at_s=at_s, timeout_s=self._rules.timeout_s)

    def _note(self, delivery: Delivery, answer: Answer) -> None:
        now = self._clock()
        if answer.reaction is Reaction.TAKEN:
            self._queue.delivered(delivery, now)
        elif self._is_hopeless(delivery, answer, now):
            LOGGER.warning("webhook %s: %s is a dead letter: %s", *_named(delivery), answer.said)
            self._queue.given_up(delivery, now, error=answer.said)
        else:
            self._queue.postponed(delivery, now, delay_s=self._delay_s(delivery, answer), error=answer.said)

    def _is_hopeless(self, delivery: Delivery, answer: Answer, now: datetime) -> bool:
        if answer.reaction is Reaction.REFUSED:
            return delivery.attempts >= len(self._rules.retry_after_s)
        if delivery.first_tried_at is None:
            return False
        waited = now - datetime.fromisoformat(delivery.first_tried_at)
        return waited > timedelta(hours=self._rules.give_up_after_h)

    def _delay_s(self, delivery: Delivery, answer: Answer) -> float:
        """Return when to try an event again; where nobody answers, the receiver is waited for as a whole."""
        return 0.0 if answer.reaction is Reaction.AWAY else self._rules.retry_after_s[delivery.attempts]

    def _pause_s(self, answers: Sequence[Answer]) -> float:
        away = [answer for answer in answers if answer.reaction is Reaction.AWAY]
        if not away:
            self._times_away = 0
            return 0.0
        pauses = self._rules.pause_s
        pause_s = pauses[min(self._times_away, len(pauses) - 1)]
        if not self._times_away:
            LOGGER.warning("webhook %s: %s; trying again", self._endpoint.name, away[0].said)
        self._times_away += 1
        asked_s = max(answer.retry_after_s for answer in away)
        return max(pause_s, min(asked_s, self._rules.retry_after_at_most_s))


def _named(delivery: Delivery) -> tuple[str, str]:
    return delivery.endpoint, f"{delivery.type} {delivery.event_id}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
