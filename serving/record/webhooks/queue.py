"""Keep what is still to be sent to whom, each receiver in a queue of its own: none waits for another.

The queue is a working table: events themselves stay in the record, and a receiver that was lost can be sent
all of them again.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from serving.record.chain.seal import chain_end
from serving.record.database.database import Database
from serving.record.moment import to_text
from serving.record.tables import DECISIONS, EVENTS, JOURNAL, WEBHOOK_CURSORS, WEBHOOK_DELIVERIES, is_entry_of
from serving.record.webhooks.endpoints import Endpoint

BATCH = 500
_EVENT = (
    JOURNAL.c.event_number,
    EVENTS.c.event_id,
    EVENTS.c.type,
    EVENTS.c.at,
    EVENTS.c.data,
    EVENTS.c.decision_id,
    DECISIONS.c.rma_id,
)

_IS_EVENT = is_entry_of(EVENTS.name, EVENTS.c.sequence)


class DeliveryState(StrEnum):
    """Where an event is on its way to one receiver."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one receiver; `data` is None where it was erased meanwhile."""

    endpoint: str
    event_number: int
    event_id: str
    type: str
    at: str
    decision_id: str
    rma_id: str
    data: dict[str, Any] | None
    attempts: int
    first_tried_at: str | None


@dataclass(frozen=True)
class QueueState:
    """What one receiver still has to get, and what it never took."""

    endpoint: str
    pending: int
    dead: int
    delivered: int
    oldest_pending_at: str | None
    last_error: str | None


class DeliveryQueue:
    """The queues of all receivers, in the record's database."""

    def __init__(self, database: Database | Engine) -> None:
        self._database = database

    def know(self, endpoints: Sequence[Endpoint]) -> None:
        """Note which receivers there are from now on, before anything is decided that they should be told."""
        for endpoint in endpoints:
            # Where two workers start at once, the other one has just noted it.
            with suppress(IntegrityError), self._database.begin() as connection:
                _cursor(connection, endpoint.name)

    def lay_in(self, endpoint: Endpoint, now: datetime) -> None:
        """Put the events that came since the last time into a receiver's queue.

        A receiver that was not there before gets those that come from now on.
        """
        with self._database.begin() as connection:
            cursor = _cursor(connection, endpoint.name)
            rows = _events_after(connection, cursor)
            if not rows:
                return
            wanted = [row for row in rows if endpoint.wants(row.type)]
            _enqueue(connection, endpoint.name, wanted, now)
            _move_cursor(connection, endpoint.name, rows[-1].event_number)

    def due(self, endpoint: str, now: datetime, limit: int) -> list[Delivery]:
        """Return events to send now: of each return the oldest alone, and those first that were tried least.

        So an event that its receiver can't take holds up its return, and no other.
        """
        later, earlier = WEBHOOK_DELIVERIES, WEBHOOK_DELIVERIES.alias("earlier")
        is_blocked = exists().where(
            earlier.c.endpoint == later.c.endpoint,
            earlier.c.rma_id == later.c.rma_id,
            earlier.c.state == DeliveryState.PENDING.value,
            earlier.c.event_number < later.c.event_number,
        )
        query = (
            select(*_EVENT, later.c.attempts, later.c.first_tried_at)
            .join_from(later, JOURNAL, JOURNAL.c.event_number == later.c.event_number)
            .join(EVENTS, _IS_EVENT)
            .join(DECISIONS, DECISIONS.c.decision_id == EVENTS.c.decision_id)
            .where(_pending(endpoint), later.c.due_at <= to_text(now), ~is_blocked)
            .order_by(later.c.attempts, later.c.event_number)
            .limit(limit)
        )
        with self._database.connect() as connection:
            return [_delivery(endpoint, row) for row in connection.execute(query)]

    def delivered(self, sent: Delivery, now: datetime) -> None:
        """Note that a receiver has an event."""
        self._note(sent, now, state=DeliveryState.DELIVERED, error=None)

    def postponed(self, sent: Delivery, now: datetime, *, delay_s: float, error: str) -> None:
        """Note that an event is to be sent again after a while."""
        due_at = to_text(now + timedelta(seconds=delay_s))
        self._note(sent, now, state=DeliveryState.PENDING, error=error, due_at=due_at)

    def given_up(self, sent: Delivery, now: datetime, *, error: str) -> None:
        """Note that an event is a dead letter: it is sent again only if somebody asks for it."""
        self._note(sent, now, state=DeliveryState.DEAD, error=error)

    def revive(self, endpoint: str, now: datetime) -> int:
        """Put a receiver's dead letters back into its queue and return how many there were."""
        with self._database.begin() as connection:
            dead = and_(
                WEBHOOK_DELIVERIES.c.endpoint == endpoint,
                WEBHOOK_DELIVERIES.c.state == DeliveryState.DEAD.value,
            )
            return connection.execute(update(WEBHOOK_DELIVERIES).where(dead).values(_fresh(now))).rowcount

    def send_again(self, endpoint: Endpoint, since: datetime, now: datetime) -> int:
        """Put every wanted event since a moment into a receiver's queue, sent before or not."""
        with self._database.begin() as connection:
            last = _cursor(connection, endpoint.name)
            scope = and_(EVENTS.c.at >= to_text(since), JOURNAL.c.event_number <= last)
            rows = connection.execute(_events().where(scope)).all()
            wanted = [row for row in rows if endpoint.wants(row.type)]
            numbers = [row.event_number for row in wanted]
            for start in range(0, len(numbers), BATCH):
                connection.execute(_forget(endpoint.name, numbers[start : start + BATCH]))
            _enqueue(connection, endpoint.name, wanted, now)
            return len(wanted)

    def prune(self, before: datetime) -> None:
        """Remove what was delivered before a moment."""
        old = and_(
            WEBHOOK_DELIVERIES.c.state == DeliveryState.DELIVERED.value,
            WEBHOOK_DELIVERIES.c.tried_at < to_text(before),
        )
        with self._database.begin() as connection:
            connection.execute(delete(WEBHOOK_DELIVERIES).where(old))

    def states(self) -> list[QueueState]:
        """Return the state of each receiver's queue, by name."""
        with self._database.connect() as connection:
            names = connection.execute(
                select(WEBHOOK_CURSORS.c.endpoint).order_by(WEBHOOK_CURSORS.c.endpoint)
            )
            return [_state(connection, name) for name in names.scalars()]

    def _note(
        self, sent: Delivery, now: datetime, *, state: DeliveryState, error: str | None, **more: str
    ) -> None:
        row = and_(
            WEBHOOK_DELIVERIES.c.endpoint == sent.endpoint,
            WEBHOOK_DELIVERIES.c.event_number == sent.event_number,
        )
        values = {
            "state": state.value,
            "attempts": sent.attempts + 1,
            "first_tried_at": sent.first_tried_at or to_text(now),
            "tried_at": to_text(now),
            "error": error,
            **more,
        }
        with self._database.begin() as connection:
            connection.execute(update(WEBHOOK_DELIVERIES).where(row).values(values))


def _events() -> Any:
    return (
        select(*_EVENT)
        .join_from(JOURNAL, EVENTS, _IS_EVENT)
        .join(DECISIONS, DECISIONS.c.decision_id == EVENTS.c.decision_id)
        .order_by(JOURNAL.c.event_number)
    )


def _events_after(connection: Connection, number: int) -> Sequence[Any]:
    return connection.execute(_events().where(JOURNAL.c.event_number > number).limit(BATCH)).all()


def _cursor(connection: Connection, endpoint: str) -> int:
    """Return the number of the last event that was laid in; of a new receiver, of the last one there is."""
    found = select(WEBHOOK_CURSORS.c.event_number).where(WEBHOOK_CURSORS.c.endpoint == endpoint)
    number: int | None = connection.execute(found).scalar_one_or_none()
    if number is None:
        number = chain_end(connection).event_number
        connection.execute(insert(WEBHOOK_CURSORS).values(endpoint=endpoint, event_number=number))
    return number


def _move_cursor(connection: Connection, endpoint: str, number: int) -> None:
    cursor = WEBHOOK_CURSORS.c.endpoint == endpoint
    connection.execute(update(WEBHOOK_CURSORS).where(cursor).values(event_number=number))


def _enqueue(connection: Connection, endpoint: str, events: Sequence[Any], now: datetime) -> None:
    rows = [
        {"endpoint": endpoint, "event_number": event.event_number, "rma_id": event.rma_id, **_fresh(now)}
        for event in events
    ]
    if rows:
        connection.execute(insert(WEBHOOK_DELIVERIES), rows)


def _fresh(now: datetime) -> dict[str, Any]:
    return {
        "state": DeliveryState.PENDING.value,
        "attempts": 0,
        "due_at": to_text(now),
        "first_tried_at": None,
        "tried_at": None,
        "error": None,
    }


def _forget(endpoint: str, numbers: Sequence[int]) -> Any:
    return delete(WEBHOOK_DELIVERIES).where(
        WEBHOOK_DELIVERIES.c.endpoint == endpoint, WEBHOOK_DELIVERIES.c.event_number.in_(numbers)
    )


def _pending(endpoint: str) -> ColumnElement[bool]:
    return and_(
        WEBHOOK_DELIVERIES.c.endpoint == endpoint,
        WEBHOOK_DELIVERIES.c.state == DeliveryState.PENDING.value,
    )


def _delivery(endpoint: str, row: Any) -> Delivery:
    return Delivery(
        endpoint=endpoint,
        event_number=row.event_number,
        event_id=row.event_id,
        type=row.type,
        at=row.at,
        decision_id=row.decision_id,
        rma_id=row.rma_id,
        data=json.loads(row.data) if row.data else None,
        attempts=row.attempts,
        first_tried_at=row.first_tried_at,
    )


def _state(connection: Connection, endpoint: str) -> QueueState:
    mine = WEBHOOK_DELIVERIES.c.endpoint == endpoint
    states = select(WEBHOOK_DELIVERIES.c.state, func.count()).where(mine)
    grouped = connection.execute(states.group_by(WEBHOOK_DELIVERIES.c.state))
    counts: dict[str, int] = dict(grouped.tuples().all())
    oldest = connection.execute(
        select(func.min(EVENTS.c.at))
        .join_from(WEBHOOK_DELIVERIES, JOURNAL, JOURNAL.c.event_number == WEBHOOK_DELIVERIES.c.event_number)
        .join(EVENTS, _IS_EVENT)
        .where(_pending(endpoint))
    ).scalar_one()
    errors = select(WEBHOOK_DELIVERIES.c.error).where(mine, WEBHOOK_DELIVERIES.c.error.is_not(None))
    last_error = connection.execute(
        errors.order_by(WEBHOOK_DELIVERIES.c.tried_at.desc()).limit(1)
    ).scalar_one_or_none()
    return QueueState(
        endpoint,
        counts.get(DeliveryState.PENDING, 0),
        counts.get(DeliveryState.DEAD, 0),
        counts.get(DeliveryState.DELIVERED, 0),
        oldest,
        last_error,
    )
