"""List what waits for people: as it came, or the most urgent first, then what is due and worth most."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, literal, or_, select

from serving.record.database.database import Database
from serving.record.desk.audits import waits_for_audit
from serving.record.desk.desk_claims import Claim, claims_of, is_claimed
from serving.record.desk.desk_rules import DeskRules, ReviewReason
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.waiting import (
    conditions,
    decided_hour,
    is_due_before,
    is_to_be_seen,
    reasons_of,
    urgency,
    waits_for_person,
)
from serving.record.moment import from_text, to_text
from serving.record.paging import SUMMARY, Page, place_of, read_page
from serving.record.tables import DECISIONS

ERASED = "What was known of this return was erased on request."
_WORTH = (DECISIONS.c.refund_amount, DECISIONS.c.currency, DECISIONS.c.looks_asked)
# What whoever judges a drawn decision blind may know of it here.
_BLIND = (DECISIONS.c.sequence, DECISIONS.c.decision_id, DECISIONS.c.rma_id, DECISIONS.c.decided_at)


class QueueOrder(StrEnum):
    """In which order the queue is listed."""

    OLDEST = "oldest"
    PRIORITY = "priority"


@dataclass(frozen=True)
class QueueFilter:
    """What of the queue is asked for, and in which order.

    `holds_only` leaves out what is only to be looked at while the device goes its way: the queue as it was
    before there was any.
    """

    order: QueueOrder = QueueOrder.OLDEST
    reason: ReviewReason | None = None
    is_claimed: bool | None = None
    due_before: datetime | None = None
    holds_only: bool = True

    @property
    def purpose(self) -> DeskPurpose:
        """Return what those who take from this list look at a decision for."""
        return DeskPurpose.AUDIT if self.reason is ReviewReason.RANDOM_AUDIT else DeskPurpose.REVIEW


class ReviewQueue:
    """The queue of a record at one moment, by the rules of the desk."""

    def __init__(self, database: Database, rules: DeskRules, now: datetime) -> None:
        self._database = database
        self._rules = rules
        self._now = now

    def page(self, asked: QueueFilter, *, limit: int, after: int = 0) -> Page:
        """Return what waits behind a cursor; what was drawn for an audit is listed where it is asked for.

        The cursor is the sequence of the last one shown, whose place in the order never changes.
        """
        is_oldest = asked.order is QueueOrder.OLDEST
        # The first of the oldest are found by their index, for another order all that waits is looked at.
        lend = self._database.connect if is_oldest else self._database.connect_to_count
        with lend() as connection:
            query = self._query(asked)
            query = self._oldest(query, after) if is_oldest else self._urgent(connection, query, asked, after)
            page = read_page(connection, query, limit)
            claims = claims_of(
                connection, [row["decision_id"] for row in page.rows], asked.purpose, self._now
            )
        told = _blind if asked.purpose is DeskPurpose.AUDIT else _explained
        rows = tuple(told(row) | self._waiting(row, asked, claims) for row in page.rows)
        return Page(rows, page.next_cursor)

    def _query(self, asked: QueueFilter) -> Select[Any]:
        query = select(*SUMMARY, *_WORTH, DECISIONS.c.decision).where(_scope(asked))
        if asked.is_claimed is not None:
            held = is_claimed(asked.purpose, self._now)
            query = query.where(held if asked.is_claimed else ~held)
        if asked.due_before is not None:
            query = query.where(is_due_before(asked.due_before, self._rules, self._priority(asked)))
        return query

    def _priority(self, asked: QueueFilter) -> ColumnElement[int]:
        if asked.purpose is DeskPurpose.AUDIT:
            return literal(self._rules.reasons[ReviewReason.RANDOM_AUDIT].priority)
        return urgency(self._rules)

    def _oldest(self, query: Select[Any], after: int) -> Select[Any]:
        return query.where(DECISIONS.c.sequence > place_of(after)).order_by(DECISIONS.c.sequence)

    def _urgent(
        self, connection: Connection, query: Select[Any], asked: QueueFilter, after: int
    ) -> Select[Any]:
        # Without the last one two could have the same place.
        keys = (self._priority(asked), decided_hour(), -DECISIONS.c.refund_amount, DECISIONS.c.sequence)
        if after:
            last = connection.execute(
                select(*keys).where(DECISIONS.c.sequence == place_of(after))
            ).one_or_none()
            query = query.where(_is_behind(keys, last) if last else literal(False))
        return query.order_by(*keys)

    def _waiting(
        self, row: Mapping[str, Any], asked: QueueFilter, claims: Mapping[str, Claim]
    ) -> dict[str, Any]:
        is_audit = asked.purpose is DeskPurpose.AUDIT
        reasons = (ReviewReason.RANDOM_AUDIT,) if is_audit else reasons_of(row)
        leading = min((self._rules.reasons[reason] for reason in reasons), key=lambda one: one.priority)
        due_at = leading.due_at(from_text(row["decided_at"]))
        claim = claims.get(row["decision_id"])
        return {
            "reasons": list(reasons),
            "priority": leading.priority,
            "due_at": to_text(due_at),
            "is_overdue": due_at < self._now,
            "amount": row["refund_amount"],
            "currency": row["currency"],
            "claim": {"person": claim.person, "until": to_text(claim.until)} if claim else None,
        }


def _scope(asked: QueueFilter) -> ColumnElement[bool]:
    if asked.purpose is DeskPurpose.AUDIT:
        return waits_for_audit()
    if asked.holds_only:
        return waits_for_person()
    return is_to_be_seen() if asked.reason is None else and_(is_to_be_seen(), conditions()[asked.reason])


def _is_behind(keys: Sequence[ColumnElement[Any]], last: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition that a row comes after another one in an order."""
    return or_(
        *(
            and_(*(keys[earlier] == last[earlier] for earlier in range(place)), key > last[place])
            for place, key in enumerate(keys)
        )
    )


def _blind(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: row[column.name] for column in _BLIND}


def _explained(row: Mapping[str, Any]) -> dict[str, Any]:
    # The device waits all the same, though nobody may know any more what for.
    decision = json.loads(row["decision"]) if row["decision"] else {"because": ERASED, "next_steps": []}
    told = {column.name: row[column.name] for column in SUMMARY}
    return {**told, "because": decision["because"], "next_steps": decision["next_steps"]}
