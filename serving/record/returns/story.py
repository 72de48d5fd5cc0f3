"""Add facts to a return, and tell everything that the record holds of it in the order in which it came."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select
from sqlalchemy.exc import IntegrityError

from serving.record.chain.journal import Addition, adding
from serving.record.database.database import Database
from serving.record.entry import Kept, canonical_json, content_sha256, event_row
from serving.record.errors import UnknownReturn
from serving.record.moment import to_text
from serving.record.paging import SUMMARY, Page, place_of, read_page
from serving.record.returns.current import is_current
from serving.record.returns.desk_entries import desk_entries
from serving.record.returns.fact import Fact, fact_values
from serving.record.tables import DECISIONS, EVENTS, FACTS, JOURNAL, OVERRIDES, is_entry_of

FACT_ADDED = "return.fact_added"
NoteFact = Callable[[Connection, str, Fact], None]
"""What lets a return be found by a fact, which is known with the last decision of the return."""
# A story is read by people; a return with more entries than this was not handled by any.
MAX_ENTRIES = 2000
_DECISION = tuple(column for column in SUMMARY if column.name not in {"sequence", "rma_id"})
_OVERRIDE = (
    OVERRIDES.c.decision_id,
    OVERRIDES.c.person,
    OVERRIDES.c.second_person,
    OVERRIDES.c.reason,
    OVERRIDES.c.disposition,
    OVERRIDES.c.destination,
    OVERRIDES.c.reason_code,
)
_EVENT = (EVENTS.c.decision_id, EVENTS.c.event_id, EVENTS.c.type)
_FACT = (
    FACTS.c.fact_id,
    FACTS.c.kind.label("fact_kind"),
    FACTS.c.origin,
    FACTS.c.happened_at,
    FACTS.c.known_at,
)


@dataclass(frozen=True)
class StoryEntry:
    """One thing that happened to a return: when, by whom, of what kind, and what.

    `position` is its place in the record's chain; None where it is not sealed yet.
    """

    position: int | None
    at: str
    actor_id: str
    kind: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """One return from its first decision on; of very many entries the last ones.

    `current`: what holds now, after the last decision and any override of it.
    """

    rma_id: str
    current: dict[str, Any]
    decisions: int
    entries: tuple[StoryEntry, ...]
    entries_left_out: int


@dataclass(frozen=True)
class KeptFact:
    """One fact as it was kept, and whether it had been there before."""

    fact_id: str
    kind: str
    is_new: bool


class Returns:
    """The returns in a record."""

    def __init__(self, database: Database, new_id: Callable[[], str], note_fact: NoteFact) -> None:
        self._database = database
        self._new_id = new_id
        self._note_fact = note_fact

    def add_facts(self, rma_id: str, facts: Sequence[Fact], at: datetime) -> list[KeptFact]:
        """Keep facts of a return, each once, with an event for each new one; raises UnknownReturn."""
        try:
            return self._add_all(rma_id, facts, to_text(at))
        except IntegrityError:
            # Another request with one of them was faster: now it is there.
            return self._add_all(rma_id, facts, to_text(at))

    def page(self, *, limit: int, before: int | None = None) -> Page:
        """Return returns by their last decisions, the last decided first."""
        query = select(*SUMMARY).where(is_current()).order_by(DECISIONS.c.sequence.desc())
        if before is not None:
            query = query.where(DECISIONS.c.sequence < place_of(before))
        with self._database.connect() as connection:
            return read_page(connection, query, limit)

    def superseding(self, kept: Kept) -> str | None:
        """Return the last decision of a return, None where that is the given one."""
        with self._database.connect() as connection:
            last = _last_decision_id(connection, kept.decision.rma_id)
        return None if last == kept.decision.decision_id else last

    def story(self, rma_id: str) -> Story:
        """Return everything that is kept of a return; raises UnknownReturn."""
        with self._database.in_time(), self._database.connect() as connection:
            decision_id = _last_decision_id(connection, rma_id)
            decided = connection.execute(
                select(DECISIONS.c.decision_id)
                .where(DECISIONS.c.rma_id == rma_id)
                .order_by(DECISIONS.c.sequence)
            )
            decision_ids = list(decided.scalars())
            entries = _entries(connection, rma_id, decision_ids)
            current = _current(connection, decision_id)
        shown = tuple(entries[-MAX_ENTRIES:])
        return Story(rma_id, current, len(decision_ids), shown, len(entries) - len(shown))

    def _add_all(self, rma_id: str, facts: Sequence[Fact], written: str) -> list[KeptFact]:
        with self._database.in_time(), adding(self._database) as addition:
            decision_id = _last_decision_id(addition.connection, rma_id)
            return [self._add(addition, rma_id, decision_id, fact, written) for fact in facts]

    def _add(self, addition: Addition, rma_id: str, decision_id: str, fact: Fact, written: str) -> KeptFact:
        text = canonical_json(fact_values(fact))
        fingerprint = content_sha256(text)
        same = and_(FACTS.c.rma_id == rma_id, FACTS.c.fingerprint == fingerprint)
        known = addition.connection.execute(select(FACTS.c.fact_id).where(same)).scalar_one_or_none()
        if known is not None:
            return KeptFact(known, fact.kind.value, is_new=False)
        fact_id = self._new_id()
        row = {
            "fact_id": fact_id,
            "rma_id": rma_id,
            "kind": fact.kind.value,
            "origin": fact.origin.value,
            "happened_at": to_text(fact.happened_at),
            "known_at": to_text(fact.learnt_at),
            "recorded_at": written,
            "fingerprint": fingerprint,
            "fact": text,
        }
        data = {"fact_id": fact_id, "kind": fact.kind.value}
        event = event_row(self._new_id(), FACT_ADDED, decision_id, at=written, data=data)
        addition.add_all([(FACTS, row), (EVENTS, event)], at=written)
        self._note_fact(addition.connection, decision_id, fact)
        return KeptFact(fact_id, fact.kind.value, is_new=True)


def _last_decision_id(connection: Connection, rma_id: str) -> str:
    query = select(DECISIONS.c.decision_id).where(DECISIONS.c.rma_id == rma_id)
    last = query.order_by(DECISIONS.c.sequence.desc()).limit(1)
    # PostgreSQL takes no text with a NUL in it, not even to look for.
    found: str | None = None if "\0" in rma_id else connection.execute(last).scalar_one_or_none()
    if found is None:
        raise UnknownReturn(
            f"there is no return {rma_id!r}: a return is known from its first decision on; GET /v1/returns "
            "lists those that there are"
        )
    return found


def _current(connection: Connection, decision_id: str) -> dict[str, Any]:
    row = (
        connection.execute(select(*_DECISION).where(DECISIONS.c.decision_id == decision_id)).mappings().one()
    )
    query = select(*_OVERRIDE).where(OVERRIDES.c.decision_id == decision_id)
    override = connection.execute(query.order_by(OVERRIDES.c.sequence.desc()).limit(1)).mappings().first()
    latest = override or row
    return {
        "decision_id": decision_id,
        "disposition": latest["disposition"],
        "destination": latest["destination"],
        "grade": row["grade"],
        "needs_person": row["needs_person"] and override is None,
        "is_overridden": override is not None,
    }


def _entries(connection: Connection, rma_id: str, decision_ids: Sequence[str]) -> list[StoryEntry]:
    """Return all entries of a return by their place in the chain, those that have none yet last."""
    # Looked for in the database: a list of very many would be more values than a statement takes.
    own = select(DECISIONS.c.decision_id).where(DECISIONS.c.rma_id == rma_id)
    rows = [
        *_rows(
            connection, "decision", DECISIONS, (*_DECISION, DECISIONS.c.photos), DECISIONS.c.rma_id == rma_id
        ),
        *_rows(connection, "override", OVERRIDES, _OVERRIDE, OVERRIDES.c.decision_id.in_(own)),
        *_rows(connection, "event", EVENTS, _EVENT, EVENTS.c.decision_id.in_(own)),
        *_rows(connection, "fact", FACTS, (*_FACT, FACTS.c.fact), FACTS.c.rma_id == rma_id),
        *(row for kind in desk_entries(own) for row in _rows(connection, *kind)),
    ]
    rows.sort(key=lambda row: (row["position"] or math.inf, row["journal_sequence"]))
    next_of = dict(pairwise(decision_ids))
    return [_entry(row, next_of) for row in rows]


def _rows(
    connection: Connection, kind: str, table: Any, columns: Sequence[Any], scope: ColumnElement[bool]
) -> list[dict[str, Any]]:
    place = (
        JOURNAL.c.position,
        JOURNAL.c.sequence.label("journal_sequence"),
        JOURNAL.c.at,
        JOURNAL.c.actor_id,
    )
    is_entry = is_entry_of(table.name, table.c.sequence)
    query = select(*place, *columns).join_from(table, JOURNAL, is_entry).where(scope)
    return [{"kind": kind, **row} for row in connection.execute(query).mappings()]


def _entry(row: dict[str, Any], next_of: Mapping[str, str]) -> StoryEntry:
    place = ("kind", "position", "journal_sequence", "at", "actor_id")
    values = {name: value for name, value in row.items() if name not in place}
    if row["kind"] == "decision":
        values["photos"] = json.loads(values["photos"] or "[]")
        values["superseded_by"] = next_of.get(row["decision_id"])
    if row["kind"] == "corrections":
        text = values.pop("corrections")
        values["corrected"] = json.loads(text) if text else {"erased": True}
    if row["kind"] == "fact":
        values["fact"] = json.loads(values["fact"]) if values["fact"] else {"erased": True}
    return StoryEntry(row["position"], row["at"], row["actor_id"], row["kind"], values)
