"""Note by which traits a decision is found again, and forget them with what they tell of."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, text

from data.case import InvalidCase, ReturnCase, parse_case
from serving.memory.trait import PhotoTraits, Trait, traits_of, traits_of_scans, traits_of_verification
from serving.record.entry import Entry
from serving.record.memory.trait_keys import TraitKeys, draw_keys, read_keys
from serving.record.photo_store.photo_trace import PhotoTrace
from serving.record.returns.fact import Fact, ScanFact, VerificationFact
from serving.record.tables import DECISIONS, MEMORY_KEYS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# In one statement: one for each key would be as many journeys to a server.
_MARK_ALL = text(
    "INSERT INTO memory_keys (key, known_at_us, decision, is_of_fact) "
    "SELECT key, :known_at_us, :decision, :is_of_fact FROM unnest(CAST(:keys AS bigint[])) AS key"
)
# Decisions in memory at one time.
_BATCH = 500


def to_microseconds(moment: datetime) -> int:
    """Return a moment as a whole number, which an index holds in a third of the room of its text."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime:
    """Return the moment that to_microseconds wrote."""
    return _EPOCH + number * _MICROSECOND


def photo_traits(entry: Entry) -> tuple[PhotoTraits, ...]:
    """Return what the photos of a decision are known again by."""
    return tuple(
        PhotoTraits(
            trace.index,
            trace.sha256,
            trace.kept.pixels_sha256 if trace.kept else None,
            entry.likenesses.get(trace.index),
        )
        for trace in entry.photos
    )


def mark_decision(connection: Connection, keys: TraitKeys, sequence: int, entry: Entry) -> None:
    """Note the traits of a decision that was just kept."""
    traits = traits_of(entry.case, photo_traits(entry))
    _mark(connection, keys, sequence, entry.case.as_of, traits)


def traits_of_fact(fact: Fact) -> list[Trait]:
    """Return what a fact lets its return be found by."""
    if isinstance(fact, ScanFact):
        return traits_of_scans([fact.scan], fact.learnt_at)
    return traits_of_verification(fact.verification) if isinstance(fact, VerificationFact) else []


def mark_fact(connection: Connection, decision_id: str, fact: Fact) -> None:
    """Note the traits of a fact with the last decision of its return, from when both are known."""
    traits = traits_of_fact(fact)
    if not traits:
        return
    keys = read_keys(connection) or draw_keys(connection)
    query = select(DECISIONS.c.sequence, DECISIONS.c.return_case).where(
        DECISIONS.c.decision_id == decision_id
    )
    sequence, document = connection.execute(query).one()
    case = _case_of(document)
    if case is None:
        return
    known_us = to_microseconds(max(fact.learnt_at, case.as_of))
    noted = select(MEMORY_KEYS.c.key).where(
        MEMORY_KEYS.c.decision == sequence, MEMORY_KEYS.c.known_at_us == known_us
    )
    there = set(connection.execute(noted).scalars())
    wanted = [key for key in keys.keys_of(traits) if key not in there]
    _insert(connection, wanted, known_us, sequence, is_of_fact=True)


def unmark(connection: Connection, decision_id: str) -> None:
    """Forget by what a decision is found, and by what the facts of its return are."""
    of_decision = select(DECISIONS.c.sequence).where(DECISIONS.c.decision_id == decision_id)
    rma_id = select(DECISIONS.c.rma_id).where(DECISIONS.c.decision_id == decision_id).scalar_subquery()
    of_return = select(DECISIONS.c.sequence).where(DECISIONS.c.rma_id == rma_id)
    connection.execute(delete(MEMORY_KEYS).where(MEMORY_KEYS.c.decision.in_(of_decision)))
    connection.execute(
        delete(MEMORY_KEYS).where(MEMORY_KEYS.c.decision.in_(of_return), MEMORY_KEYS.c.is_of_fact)
    )


def mark_all(connection: Connection, keys: TraitKeys) -> None:
    """Note the traits of every decision that lies in a record from before it had a memory."""
    for sequence, document, photos in _kept(connection):
        case = _case_of(document)
        if case is not None:
            _mark(connection, keys, sequence, case.as_of, traits_of(case, photos))


def _kept(connection: Connection) -> Iterator[tuple[int, str, Sequence[PhotoTraits]]]:
    last = 0
    query = select(DECISIONS.c.sequence, DECISIONS.c.return_case, DECISIONS.c.photos).limit(_BATCH)
    query = query.order_by(DECISIONS.c.sequence)
    while rows := connection.execute(query.where(DECISIONS.c.sequence > last)).all():
        for sequence, document, photos in rows:
            yield sequence, document, kept_photo_traits(photos)
        last = rows[-1].sequence


def kept_photo_traits(photos: str) -> tuple[PhotoTraits, ...]:
    """Return what kept photos are known again by, but for their likenesses."""
    traces = map(PhotoTrace.of, json.loads(photos or "[]"))
    return tuple(
        PhotoTraits(trace.index, trace.sha256, trace.kept.pixels_sha256 if trace.kept else None)
        for trace in traces
    )


def _case_of(document: str) -> ReturnCase | None:
    """Return a kept case; None where it was erased, or is none by what a case must be today."""
    try:
        return parse_case(json.loads(document)) if document else None
    except InvalidCase:
        return None


def _mark(
    connection: Connection, keys: TraitKeys, sequence: int, known_at: datetime, traits: Iterable[Trait]
) -> None:
    known_us = to_microseconds(known_at)
    _insert(connection, keys.keys_of(traits), known_us, sequence, is_of_fact=False)


def _insert(
    connection: Connection, keys: Sequence[int], known_us: int, sequence: int, *, is_of_fact: bool
) -> None:
    told = {"known_at_us": known_us, "decision": sequence, "is_of_fact": is_of_fact}
    if keys and connection.dialect.name == "postgresql":
        connection.execute(_MARK_ALL, {"keys": list(keys), **told})
    elif keys:
        connection.execute(insert(MEMORY_KEYS), [{"key": key, **told} for key in keys])
