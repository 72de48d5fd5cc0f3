"""Keep every decision with its evidence: append-only, in SQLite or any database that SQLAlchemy speaks."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, select
from sqlalchemy.exc import IntegrityError

from data.case import ReturnCase
from data.decision import Destination, Disposition
from data.memory.memory import Memory
from serving.memory.recall import recall
from serving.memory.trait import PhotoTraits
from serving.record.chain.erase import empty_write_ahead_log, erase_row, overwrite_freed_pages
from serving.record.chain.journal import adding
from serving.record.chain.seal import seal_if_possible
from serving.record.database.database import Database
from serving.record.desk.desk import Desk
from serving.record.desk.desk_rules import DeskRules
from serving.record.entry import (
    DECISION,
    Entry,
    Kept,
    Override,
    canonical_json,
    content_sha256,
    event_row,
    row_of,
)
from serving.record.errors import DamagedRecord, ErasedDecision, KeyReused, UnknownDecision
from serving.record.memory.prints import print_rows
from serving.record.memory.record_past import RecordPast
from serving.record.memory.trait_keys import TraitKeys, ensure_keys, read_keys
from serving.record.memory.trait_marks import mark_decision, mark_fact, unmark
from serving.record.moment import from_text, to_text
from serving.record.opening import open_again, open_in_time
from serving.record.paging import SUMMARY, Page, place_of, read_page
from serving.record.parts import Part
from serving.record.photo_store.named_photos import name_photos, photos_of, unname_photos
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.returns.story import Returns
from serving.record.tables import (
    CLAIMS,
    CORRECTIONS,
    DECISIONS,
    ERASURES,
    EVENTS,
    FACTS,
    JOURNAL,
    NOTES,
    OPINIONS,
    OVERRIDES,
    PHOTO_PRINTS,
    is_entry_of,
)

# A seal costs as much as a few decisions: rarely enough not to be felt, often enough to leave little open.
# Each of several writers counts for itself.
SEAL_EVERY_S, SEAL_AFTER = 5.0, 400
# Where a decision is told of by its id.
OF_DECISION = (DECISIONS, OVERRIDES, EVENTS, PHOTO_PRINTS, CLAIMS, NOTES, OPINIONS, CORRECTIONS)
TOLD = (
    JOURNAL.c.event_number.label("sequence"),
    EVENTS.c.event_id,
    EVENTS.c.type,
    EVENTS.c.at,
    EVENTS.c.decision_id,
    EVENTS.c.data,
)


class Record:
    """The kept decisions, the overrides of people, and the events that tell others of both."""

    def __init__(self, database: Database, new_id: Callable[[], str]) -> None:
        self._database = database
        self._new_id = new_id
        self._keys: TraitKeys | None = None
        # Opening has just sealed.
        self._sealed_at_s, self._unsealed = time.monotonic(), 0

    @classmethod
    def open(cls, url: str, new_id: Callable[[], str]) -> Self:
        """Open the record under a database URL; raises InvalidRecordUrl or UnusableRecord."""
        database = open_in_time(url)
        # What a process had written when it was killed.
        seal_if_possible(database)
        return cls(database, new_id)

    @classmethod
    def open_again(cls, url: str, opened_as: str, new_id: Callable[[], str]) -> Self:
        """Use the record that another process opened, by its `database.opened_as`, be it well now or not."""
        database = open_again(url, opened_as)
        seal_if_possible(database)
        return cls(database, new_id)

    def close(self) -> None:
        """Give the database connections back."""
        self._database.close()

    def append(self, entry: Entry) -> Kept:
        """Keep one decision; under a known idempotency key return the first decision instead.

        Raises KeyReused when the key belongs to another request.
        """
        with self._database.in_time():
            return self._append(entry)

    def before_deciding(self, idempotency_key: str | None, fingerprint: str) -> Kept | None:
        """Return the decision that was taken under a key; without one make sure that another could be kept.

        Raises KeyReused, and UnusableRecord before any work is done for a decision that would be lost.
        """
        with self._database.in_time():
            earlier = self.find(idempotency_key, fingerprint)
            if earlier is None:
                self._database.require_writable()
            return earlier

    def recall(self, case: ReturnCase, photos: Sequence[PhotoTraits] = ()) -> Memory | None:
        """Return what the record knew of a return at the moment of its decision; None where that is nothing.

        Raises UnusableRecord: who can't ask must not decide as if nothing were known.
        """
        with self._database.in_time(), self._database.connect() as connection:
            self._keys = self._keys or read_keys(connection)
            return recall(case, photos, RecordPast(connection, self._keys))

    def find(self, idempotency_key: str | None, fingerprint: str) -> Kept | None:
        """Return the decision that was taken under a key; None without one.

        Raises KeyReused when the key was used with another fingerprint.
        """
        if idempotency_key is None:
            return None
        with self._database.connect() as connection:
            row = _row_where(connection, DECISIONS.c.idempotency_key == idempotency_key)
            if row is None:
                return None
            if row.fingerprint != fingerprint:
                raise KeyReused(
                    f"Idempotency-Key {idempotency_key!r} was used before for another case or other photos; "
                    "send the same content again or choose a new key"
                )
            return _kept(connection, row)

    def get(self, decision_id: str) -> Kept:
        """Return one decision with its overrides; raises UnknownDecision or DamagedRecord."""
        with self._database.connect() as connection:
            # PostgreSQL takes no text with a NUL in it, not even to look for.
            is_text = "\0" not in decision_id
            row = _row_where(connection, DECISIONS.c.decision_id == decision_id) if is_text else None
            if row is None:
                raise unknown_decision(decision_id)
            return _kept(connection, row)

    def names_photo(self, decision_id: str, kept_sha256: str) -> bool:
        """Return whether a decision still has a right to a photo: not once its term is over."""
        with self._database.connect() as connection:
            return kept_sha256 in photos_of(connection, decision_id)

    def override(self, decision_id: str, override: Override) -> Kept:
        """Append a person's other choice; the decision itself stays as it was."""
        with self._database.in_time():
            return self._override(decision_id, override)

    def erase(self, decision_id: str, *, reason: str, at: datetime) -> int:
        """Erase what a decision, its overrides, events and facts tell of a customer; return how many parts.

        Who did it, when and why is kept, and the figures: which way the device went, and at what value.
        Raises UnknownDecision.
        """
        written = to_text(at)
        with adding(self._database) as addition:
            overwrite_freed_pages(addition.connection)
            count = sum(
                erase_row(addition, table, key, (Part.CUSTOMER,), at=written, reason=reason)
                for table, key in _rows_of(addition.connection, decision_id)
            )
            unname_photos(addition.connection, decision_id)
            unmark(addition.connection, decision_id)
            if count:
                event = self._event("decision.erased", written, {"decision_id": decision_id})
                addition.add(EVENTS, event, at=written)
        with self._database.connect() as connection:
            empty_write_ahead_log(connection)
        self._seal_sometimes()
        return count

    def page(
        self,
        *,
        limit: int,
        before: int | None = None,
        rma_id: str | None = None,
        disposition: Disposition | None = None,
    ) -> Page:
        """Return decisions in short, newest first; `before` is the cursor of the page before."""
        query = select(*SUMMARY).order_by(DECISIONS.c.sequence.desc())
        if before is not None:
            query = query.where(DECISIONS.c.sequence < place_of(before))
        if rma_id is not None:
            query = query.where(DECISIONS.c.rma_id == rma_id)
        if disposition is not None:
            query = query.where(DECISIONS.c.disposition == disposition.value)
        # A disposition that few decisions have is looked for among all of them.
        lend = self._database.connect if disposition is None else self._database.connect_to_count
        with lend() as connection:
            return read_page(connection, query, limit)

    def events(self, *, limit: int, after: int = 0) -> Page:
        """Return what happened after a cursor, oldest first; the last row's sequence is the next cursor."""
        with self._database.in_time():
            # What has just been committed is to be read as well.
            seal_if_possible(self._database, waits=True)
            return self._events(limit, after)

    def _append(self, entry: Entry) -> Kept:
        row = row_of(entry)
        at = row["decided_at"]
        event = self._event("decision.made", at, row, ("disposition", "destination"))
        rows = [(DECISIONS, row), (EVENTS, event), *print_rows(entry)]
        keys = self._keys = self._keys or ensure_keys(self._database)
        try:
            with adding(self._database) as addition:
                name_photos(addition.connection, entry.decision, at, entry.photos)
                sequence = addition.add_all(rows, at=at)[0]
                mark_decision(addition.connection, keys, sequence, entry)
        except IntegrityError:
            # Another request with the same key was faster: its decision is the one that counts.
            earlier = self.find(entry.idempotency_key, entry.fingerprint)
            if earlier is None:
                raise
            return earlier
        self._seal_sometimes()
        # Not read back, but read from what was written: a decision has no overrides yet.
        return kept_of(sequence, row, ())

    def _override(self, decision_id: str, override: Override) -> Kept:
        kept = self.get(decision_id)
        values = {"decision_id": kept.decision.decision_id, **_override_row(override)}
        row = {**values, "sha256": content_sha256(canonical_json(values))}
        told = ("disposition", "destination", "person", "reason")
        event = self._event("decision.overridden", row["at"], row, told)
        with adding(self._database) as addition:
            addition.add_all([(OVERRIDES, row), (EVENTS, event)], at=row["at"])
        self._seal_sometimes()
        return self.get(decision_id)

    def _events(self, limit: int, after: int) -> Page:
        is_event = is_entry_of(EVENTS.name, EVENTS.c.sequence)
        query = select(*TOLD).join(JOURNAL, is_event).where(JOURNAL.c.event_number > place_of(after))
        with self._database.connect() as connection:
            page = read_page(connection, query.order_by(JOURNAL.c.event_number), limit)
        return Page(tuple(map(_with_data, page.rows)), page.next_cursor)

    def _event(self, kind: str, at: str, row: dict[str, Any], told: tuple[str, ...] = ()) -> dict[str, Any]:
        data = {name: row[name] for name in told}
        return event_row(self._new_id(), kind, row["decision_id"], at=at, data=data)

    def _seal_sometimes(self) -> None:
        """Seal what was written now and then: who reads events or the chain does it as well."""
        now_s = time.monotonic()
        self._unsealed += 1
        if self._unsealed < SEAL_AFTER and now_s - self._sealed_at_s < SEAL_EVERY_S:
            return
        self._sealed_at_s, self._unsealed = now_s, 0
        seal_if_possible(self._database)

    @property
    def returns(self) -> Returns:
        """Return the returns that the decisions are of, each with its story."""
        return Returns(self._database, self._new_id, mark_fact)

    def desk(self, rules: DeskRules, clock: Callable[[], datetime]) -> Desk:
        """Return the review desk, where people look at what was decided, by its rules."""
        return Desk(self._database, self._new_id, self.get, rules, clock)

    @property
    def database(self) -> Database:
        """Return the database, for those who count in it or prove it."""
        return self._database

    @property
    def engine(self) -> Engine:
        """Return the database, for those who only read figures."""
        return self._database.engine


def _row_where(connection: Connection, condition: ColumnElement[bool]) -> Row[Any] | None:
    return connection.execute(select(DECISIONS).where(condition)).one_or_none()


def _rows_of(connection: Connection, decision_id: str) -> list[tuple[Table, int]]:
    """Return where a decision is told of; raises UnknownDecision."""
    of_return = select(DECISIONS.c.rma_id).where(DECISIONS.c.decision_id == decision_id).scalar_subquery()
    scopes = {table: table.c.decision_id == decision_id for table in OF_DECISION}
    scopes[FACTS] = FACTS.c.rma_id == of_return
    rows = [
        (table, sequence)
        for table, scope in scopes.items()
        for sequence in connection.execute(select(table.c.sequence).where(scope)).scalars()
    ]
    if not rows:
        raise unknown_decision(decision_id)
    return rows


def unknown_decision(decision_id: str) -> UnknownDecision:
    """Return the error of a decision that is not there."""
    return UnknownDecision(
        f"there is no decision {decision_id!r}; GET /v1/decisions lists those that there are"
    )


def _require_not_erased(connection: Connection, row: Row[Any]) -> None:
    is_decision = (ERASURES.c.table_name == DECISIONS.name) & (ERASURES.c.row_key == row.sequence)
    erasure = connection.execute(select(ERASURES.c.at, ERASURES.c.reason).where(is_decision)).first()
    if erasure is not None:
        raise ErasedDecision(f"decision {row.decision_id} was erased at {erasure.at}: {erasure.reason}")


def _kept(connection: Connection, row: Row[Any]) -> Kept:
    if not row.decision:
        _require_not_erased(connection, row)
    if content_sha256(row.decision, row.return_case, row.photos) != row.sha256:
        raise DamagedRecord(f"decision {row.decision_id} was changed after it was written: restore a backup")
    query = select(OVERRIDES).where(OVERRIDES.c.decision_id == row.decision_id).order_by(OVERRIDES.c.sequence)
    return kept_of(row.sequence, dict(row._mapping), map(_override, connection.execute(query)))


def kept_of(sequence: int, row: Mapping[str, Any], overrides: Iterable[Override]) -> Kept:
    """Return a decision as it lies in the record, read from its columns."""
    return Kept(
        sequence=sequence,
        decision=DECISION.validate_json(row["decision"]),
        case=json.loads(row["return_case"]),
        photos=tuple(PhotoTrace.of(photo) for photo in json.loads(row["photos"])),
        overrides=tuple(overrides),
        sha256=row["sha256"],
        configuration_sha256=row["configuration_sha256"],
    )


def _override_row(override: Override) -> dict[str, Any]:
    values = {**asdict(override), "at": to_text(override.at)}
    # Without a code an override is hashed as it was before there were any.
    return {name: value for name, value in values.items() if name != "reason_code" or value is not None}


def _override(row: Row[Any]) -> Override:
    return Override(
        at=from_text(row.at),
        person=row.person,
        second_person=row.second_person,
        reason=row.reason,
        disposition=Disposition(row.disposition),
        destination=Destination(row.destination),
        reason_code=row.reason_code,
    )


def _with_data(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "data": json.loads(row["data"]) if row["data"] else {"erased": True}}
