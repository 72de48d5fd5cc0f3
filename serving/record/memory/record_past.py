"""Bring in what the record holds of earlier returns, in a few statements however many there are."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, TextClause, bindparam, select, text

from features.photo.likeness.likeness import Likeness
from serving.memory.past import Mark, PastDecision, PastFact
from serving.memory.trait import Trait
from serving.record.memory.past_fact import TELLING, past_fact
from serving.record.memory.trait_keys import TraitKeys
from serving.record.memory.trait_marks import from_microseconds, kept_photo_traits, to_microseconds
from serving.record.moment import from_text
from serving.record.tables import DECISIONS, FACTS, PHOTO_PRINTS

Value = TypeVar("Value")
# SQLite takes so many parts of one statement (500), and a query so many values.
_AT_ONCE = 200
_NEWEST = (
    "SELECT {key} AS key, known_at_us, decision FROM memory_keys WHERE key = {key} AND known_at_us <= :until "
    "ORDER BY known_at_us DESC, decision DESC LIMIT {most}"
)
# One journey to the server, and one plan whatever is asked; what bounds a part of it must be one value.
_OF_MANY = text(
    " UNION ALL ".join(
        f"SELECT newest.* FROM unnest(CAST(:keys_{part} AS bigint[])) AS asked (key) CROSS JOIN LATERAL ("
        + _NEWEST.format(key="asked.key", most=f":most_{part}")
        + ") AS newest"
        for part in range(2)
    )
)
_ABOUT_DECISIONS = select(DECISIONS.c.sequence, DECISIONS.c.return_case, DECISIONS.c.photos).where(
    DECISIONS.c.sequence.in_(bindparam("some", expanding=True))
)
_ABOUT_PRINTS = (
    select(DECISIONS.c.sequence, PHOTO_PRINTS.c.number, PHOTO_PRINTS.c.scheme, PHOTO_PRINTS.c.likeness)
    .join(PHOTO_PRINTS, PHOTO_PRINTS.c.decision_id == DECISIONS.c.decision_id)
    .where(DECISIONS.c.sequence.in_(bindparam("some", expanding=True)), PHOTO_PRINTS.c.likeness.is_not(None))
)
_ABOUT_FACTS = select(FACTS.c.rma_id, FACTS.c.sequence, FACTS.c.known_at, FACTS.c.fact).where(
    # With the tenant the index is used that keeps facts from standing there twice.
    FACTS.c.tenant == "default",
    FACTS.c.rma_id.in_(bindparam("some", expanding=True)),
    FACTS.c.kind.in_([kind.value for kind in TELLING]),
    FACTS.c.fact != "",
)


class RecordPast:
    """What one connection to the record shows of earlier returns."""

    def __init__(self, connection: Connection, keys: TraitKeys | None) -> None:
        self._connection = connection
        self._keys = keys

    def facts_of(self, rma_ids: Collection[str]) -> list[PastFact]:
        """Return the facts of these returns."""
        # PostgreSQL takes no text with a NUL in it, not even to look for.
        asked = sorted(rma_id for rma_id in rma_ids if "\0" not in rma_id)
        return [_fact(row) for some in _in_turn(asked) for row in self._rows(_ABOUT_FACTS, some)]

    def marks_of(self, most: Mapping[Trait, int], *, until: datetime) -> dict[Trait, list[Mark]]:
        """Return of each trait the newest marks that were known by a moment, at least so many as is said."""
        if self._keys is None:
            return {}
        asked = {self._keys.key_of(trait): trait for trait in most}
        marks: dict[Trait, list[Mark]] = {trait: [] for trait in most}
        for row in self._newest({key: most[trait] for key, trait in asked.items()}, to_microseconds(until)):
            marks[asked[row.key]].append(Mark(from_microseconds(row.known_at_us), row.decision))
        return marks

    def prints_of(self, decisions: Collection[int]) -> dict[int, dict[int, Likeness]]:
        """Return the likenesses of the photos of some decisions, by decision and photo."""
        prints: dict[int, dict[int, Likeness]] = {}
        for some in _in_turn(sorted(decisions)):
            for row in self._rows(_ABOUT_PRINTS, some):
                likeness = Likeness.of_text(row.scheme, row.likeness)
                prints.setdefault(row.sequence, {})[row.number] = likeness
        return prints

    def decisions_of(self, decisions: Collection[int]) -> dict[int, PastDecision]:
        """Return some decisions; one that was erased is left out."""
        return {
            row.sequence: PastDecision.of(json.loads(row.return_case), kept_photo_traits(row.photos))
            for some in _in_turn(sorted(decisions))
            for row in self._rows(_ABOUT_DECISIONS, some)
            if row.return_case
        }

    def _rows(self, query: Any, some: Sequence[Any]) -> Sequence[Row[Any]]:
        return self._connection.execute(query, {"some": list(some)}).all()

    def _newest(self, most: Mapping[int, int], until: int) -> Iterator[Row[Any]]:
        if self._connection.dialect.name != "postgresql":
            for some in _in_turn([*most.items()]):
                keys = {f"key_{number}": key for number, (key, _) in enumerate(some)}
                bounds = {f"most_{number}": bound for number, (_, bound) in enumerate(some)}
                yield from self._connection.execute(_of_each(len(some)), {**keys, **bounds, "until": until})
            return
        for few in _in_turn(sorted(set(most.values())), 2):
            # A part that has nothing to look for finds nothing.
            bounds = {f"most_{part}": few[min(part, len(few) - 1)] for part in range(2)}
            keys_of: dict[str, list[int]] = {f"keys_{part}": [] for part in range(2)} | {
                f"keys_{part}": [key for key in most if most[key] == bound] for part, bound in enumerate(few)
            }
            yield from self._connection.execute(_OF_MANY, {**keys_of, **bounds, "until": until})


@cache
def _of_each(count: int) -> TextClause:
    """Return the statement for so many keys; SQLite knows no LATERAL."""
    each = (_NEWEST.format(key=f":key_{number}", most=f":most_{number}") for number in range(count))
    return text(" UNION ALL ".join(f"SELECT * FROM ({one})" for one in each))


def _fact(row: Row[Any]) -> PastFact:
    return past_fact(row.rma_id, row.sequence, from_text(row.known_at), json.loads(row.fact))


def _in_turn(values: Sequence[Value], at_once: int = _AT_ONCE) -> Iterator[Sequence[Value]]:
    return (values[start : start + at_once] for start in range(0, len(values), at_once))
