"""Look at every decision once, without what it says, to know how likely each kind of label is."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select

from data.decision import Disposition
from data.fraud import Action
from serving.record.labels.label_rules import LabelKind
from serving.record.labels.label_source import SOURCES, Told, Unreadable
from serving.record.labels.propensity import Stratum, Watch
from serving.record.moment import from_text, to_text
from serving.record.returns.fact import FactOrigin
from serving.record.tables import DECISIONS

# Decisions in memory at one time.
BATCH = 500
DAY = timedelta(days=1)
_SEEN = (
    DECISIONS.c.sequence,
    DECISIONS.c.tenant,
    DECISIONS.c.rma_id,
    DECISIONS.c.decided_at,
    DECISIONS.c.disposition,
    DECISIONS.c.fraud_action,
    DECISIONS.c.needs_person,
)
Return: TypeAlias = tuple[str, str]
"""A tenant and the number of one of its returns."""


@dataclass(frozen=True)
class LeftOut:
    """One decision or word that gives no label although something was told of its return, and why."""

    rma_id: str
    place: str
    why: str


@dataclass
class Survey:
    """What is known of all decisions before any is labelled."""

    told: defaultdict[Return, list[Told]] = field(default_factory=lambda: defaultdict(list))
    last: dict[Return, int] = field(default_factory=dict)
    watches: dict[LabelKind, Watch] = field(default_factory=lambda: {kind: Watch() for kind in LabelKind})
    left_out: list[LeftOut] = field(default_factory=list)
    decisions: int = 0


def survey_decisions(connection: Connection, as_of: datetime) -> Survey:
    """Look at every decision taken by a moment, and at what was told of its return by then."""
    survey = Survey()
    for source in SOURCES:
        for one in source(connection, as_of):
            if isinstance(one, Unreadable):
                survey.left_out.append(LeftOut(one.rma_id, one.place, one.why))
            else:
                survey.told[one.tenant, one.rma_id].append(one)
    for rows in pages(connection, as_of, _SEEN):
        put_at = _put_at(
            connection, [row.sequence for row in rows if (row.tenant, row.rma_id) in survey.told]
        )
        for row in rows:
            survey.decisions += 1
            survey.last[row.tenant, row.rma_id] = row.sequence
            told = survey.told.get((row.tenant, row.rma_id), [])
            _watch(survey, row, told, put_at.get(row.sequence), as_of)
    return survey


def _watch(
    survey: Survey, row: Row[Any], told: Sequence[Told], put_at: datetime | None, as_of: datetime
) -> None:
    decided_at = from_text(row.decided_at)
    for kind, watch in survey.watches.items():
        of_kind = [one for one in told if one.kind is kind]
        later = known_later(of_kind, put_at or decided_at)
        if of_kind and not later:
            continue
        spoke: dict[FactOrigin, float] = {}
        for one in later:
            days = max(0.0, (one.usable_at - decided_at) / DAY)
            spoke[one.origin] = min(days, spoke.get(one.origin, days))
        watch.note(stratum_of(row), (as_of - decided_at) / DAY, spoke)


def pages(connection: Connection, as_of: datetime, columns: Sequence[Any]) -> Iterator[Sequence[Row[Any]]]:
    """Yield the decisions taken by a moment, page by page."""
    query = select(*columns).where(DECISIONS.c.decided_at <= to_text(as_of)).order_by(DECISIONS.c.sequence)
    last = 0
    while rows := connection.execute(query.where(DECISIONS.c.sequence > last).limit(BATCH)).all():
        yield rows
        last = rows[-1].sequence


def _put_at(connection: Connection, sequences: Sequence[int]) -> dict[int, datetime]:
    """Return of what moment the cases of some decisions tell; those that can't be read any more have none."""
    query = select(DECISIONS.c.sequence, DECISIONS.c.return_case).where(DECISIONS.c.sequence.in_(sequences))
    found = {}
    for sequence, case in connection.execute(query) if sequences else ():
        try:
            found[sequence] = datetime.fromisoformat(json.loads(case)["as_of"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def known_later(told: Sequence[Told], put_at: datetime) -> list[Told]:
    """Return what became known after a case was put: what was known by then is no outcome of its decision."""
    return [one for one in told if one.known_at > put_at]


def stratum_of(row: Row[Any]) -> Stratum:
    """Return the stratum of a decision."""
    return Stratum(Action(row.fraud_action), Disposition(row.disposition), bool(row.needs_person))
