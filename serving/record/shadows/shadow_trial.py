"""Read what candidates decided beside the decisions that were taken."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from serving.record.moment import from_text, to_text
from serving.record.shadows.shadow_log import ShadowState, is_drawn
from serving.record.tables import DECISIONS, SHADOW_RESULTS, SHADOW_RUNS

# What is compared, and stands on both sides under the same name.
COMPARED = (
    "disposition",
    "destination",
    "decided_by",
    "grade",
    "fraud_probability",
    "fraud_action",
    "needs_person",
    "refund_amount",
    "expected_amount",
)


@dataclass(frozen=True)
class ComparedRow:
    """One decision with what was decided and what a candidate would have, and how long both took."""

    decision_id: str
    rma_id: str
    decided_at: datetime
    live: dict[str, Any]
    candidate: dict[str, Any]
    live_duration_s: float
    duration_s: float


@dataclass(frozen=True)
class ShadowTrial:
    """Everything that one candidate did: it is another one as soon as anything that it decides by is.

    `drawn` counts the decisions that were for it while it ran; those that have no result were skipped: there
    was no room (`no_room` as far as anybody counted), or the service ended.
    """

    candidate: str
    sha256: str
    parts: dict[str, str]
    runs: int
    first_at: datetime
    last_at: datetime
    drawn: int
    no_room: int
    failed: int
    late: int
    errors: dict[str, int]
    currency: str
    compared: tuple[ComparedRow, ...]

    @property
    def skipped(self) -> int:
        """Return how many decisions it never got to."""
        return max(0, self.drawn - len(self.compared) - self.failed - self.late)


def read_trials(
    connection: Connection, *, candidate: str | None = None, since: datetime | None = None
) -> Iterator[ShadowTrial]:
    """Yield each candidate with what it did, the one that began last first."""
    query = select(SHADOW_RUNS).order_by(SHADOW_RUNS.c.started_at.desc())
    if candidate is not None:
        query = query.where(SHADOW_RUNS.c.candidate == candidate)
    runs: dict[tuple[str, str], list[Row[Any]]] = {}
    for run in connection.execute(query):
        runs.setdefault((run.candidate, run.candidate_sha256), []).append(run)
    for of_one in runs.values():
        yield _trial(connection, of_one, since)


def _trial(connection: Connection, runs: Sequence[Row[Any]], since: datetime | None) -> ShadowTrial:
    latest = runs[0]
    found = list(_results(connection, [run.run_id for run in runs], since))
    states = {state: [row for row in found if row.state == state] for state in ShadowState}
    failed = states[ShadowState.FAILED]
    drawn = {row.decision_id for row in found}
    for run in runs:
        drawn |= _drawn(connection, run, since)
    return ShadowTrial(
        candidate=latest.candidate,
        sha256=latest.candidate_sha256,
        parts=json.loads(latest.identity),
        runs=len(runs),
        first_at=from_text(min(run.started_at for run in runs)),
        last_at=max(map(_end, runs)),
        drawn=len(drawn),
        no_room=sum(run.no_room for run in runs),
        failed=len(failed),
        late=len(states[ShadowState.LATE]),
        errors={error: sum(row.error == error for row in failed) for error in {row.error for row in failed}},
        currency=found[0].currency if found else "",
        compared=tuple(map(_compared, states[ShadowState.COMPARED])),
    )


def _results(connection: Connection, run_ids: Sequence[str], since: datetime | None) -> Iterator[Row[Any]]:
    live = [DECISIONS.c[name].label(f"live_{name}") for name in COMPARED]
    own = [SHADOW_RESULTS.c[name] for name in COMPARED]
    told = (DECISIONS.c.decision_id, DECISIONS.c.rma_id, DECISIONS.c.decided_at, DECISIONS.c.currency)
    more = [SHADOW_RESULTS.c[name] for name in ("state", "error", "duration_s", "live_duration_s")]
    query = (
        select(*told, *live, *own, *more)
        .join(SHADOW_RESULTS, SHADOW_RESULTS.c.decision_id == DECISIONS.c.decision_id)
        .order_by(DECISIONS.c.sequence)
    )
    if since is not None:
        query = query.where(DECISIONS.c.decided_at >= to_text(since))
    for run_id in run_ids:
        yield from connection.execute(query.where(SHADOW_RESULTS.c.run_id == run_id))


def _drawn(connection: Connection, run: Row[Any], since: datetime | None) -> set[str]:
    """Return which decisions were for a run, by the moments at which it was there and by their names."""
    first = max(run.started_at, to_text(since)) if since else run.started_at
    within = DECISIONS.c.decided_at.between(first, to_text(_end(run)))
    names = connection.execute(select(DECISIONS.c.decision_id).where(within)).scalars()
    return {name for name in names if is_drawn(name, run.share)}


def _end(run: Row[Any]) -> datetime:
    """Return until when a run was there; one that was killed may have had a decision in hand for so long."""
    if run.ended_at is not None:
        return from_text(run.ended_at)
    return from_text(run.seen_at) + timedelta(seconds=run.limit_s)


def _compared(row: Row[Any]) -> ComparedRow:
    values = row._mapping
    return ComparedRow(
        decision_id=row.decision_id,
        rma_id=row.rma_id,
        decided_at=from_text(row.decided_at),
        live={name: values[f"live_{name}"] for name in COMPARED},
        candidate={name: values[name] for name in COMPARED},
        live_duration_s=row.live_duration_s,
        duration_s=row.duration_s,
    )
