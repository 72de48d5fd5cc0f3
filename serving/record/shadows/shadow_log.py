"""Keep what a candidate would have decided, beside the evidence and not in it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from sqlalchemy import insert, update

from data.decision import Destination, Disposition
from data.fraud import Action
from serving.record.database.database import Database
from serving.record.entry import canonical_json
from serving.record.moment import to_text
from serving.record.tables import SHADOW_RESULTS, SHADOW_RUNS

# As long as its column is.
MOST_OF_ERROR = 255


class ShadowState(StrEnum):
    """What came of giving a decision to a candidate."""

    COMPARED = "compared"
    FAILED = "failed"
    LATE = "late"


@dataclass(frozen=True)
class CandidateIdentity:
    """Which candidate decides: its name, one hash over all that it decides by, and the hash of each part."""

    name: str
    sha256: str
    parts: Mapping[str, str]

    @classmethod
    def of(cls, name: str, parts: Mapping[str, str]) -> "CandidateIdentity":
        """Return the identity of a candidate by its parts; what it is called decides nothing."""
        return cls(name, hashlib.sha256(canonical_json(dict(parts)).encode()).hexdigest(), dict(parts))


@dataclass(frozen=True)
class ShadowRun:
    """One worker that lets a candidate decide a share of its decisions, each within so many seconds."""

    run_id: str
    candidate: CandidateIdentity
    share: float
    limit_s: float
    started_at: datetime


@dataclass(frozen=True)
class ShadowChoice:
    """What a candidate would have decided; amounts are in the currency of the live policy."""

    disposition: Disposition
    destination: Destination
    decided_by: str
    grade: str | None
    fraud_probability: float
    fraud_action: Action
    needs_person: bool
    refund_amount: float
    expected_amount: float | None


@dataclass(frozen=True)
class ShadowResult:
    """What came of one decision: a choice, or why there is none; with both times that deciding took."""

    decision_id: str
    state: ShadowState
    choice: ShadowChoice | None
    error: str | None
    duration_s: float
    live_duration_s: float


def is_drawn(decision_id: str, share: float) -> bool:
    """Return whether a decision belongs to a share of all, by its own name: so anybody can tell later."""
    place = int.from_bytes(hashlib.sha256(decision_id.encode()).digest()[:8], "big")
    return place < share * 2**64


class ShadowLog:
    """The tables of one run, written by a database of its own; what is lost of them was told to nobody."""

    def __init__(self, database: Database, run: ShadowRun) -> None:
        self._database = database
        self._run = run
        self._is_begun = False

    def begin(self) -> None:
        """Note that the run has begun, once; raises UnusableRecord."""
        if self._is_begun:
            return
        run, started = self._run, to_text(self._run.started_at)
        values = {
            "run_id": run.run_id,
            "candidate": run.candidate.name,
            "candidate_sha256": run.candidate.sha256,
            "identity": canonical_json(dict(run.candidate.parts)),
            "share": run.share,
            "limit_s": run.limit_s,
            "started_at": started,
            "seen_at": started,
            "no_room": 0,
        }
        with self._database.in_time(), self._database.begin() as connection:
            connection.execute(insert(SHADOW_RUNS), values)
        self._is_begun = True

    def note(
        self, at: datetime, *, no_room: int, result: ShadowResult | None = None, ended: bool = False
    ) -> None:
        """Note that the run goes on, with what came of a decision; raises UnusableRecord."""
        self.begin()
        values: dict[str, Any] = {"seen_at": to_text(at), "no_room": no_room}
        if ended:
            values["ended_at"] = to_text(at)
        with self._database.in_time(), self._database.begin() as connection:
            if result is not None:
                connection.execute(insert(SHADOW_RESULTS), self._row(result, at))
            this = SHADOW_RUNS.c.run_id == self._run.run_id
            connection.execute(update(SHADOW_RUNS).where(this).values(values))

    def close(self) -> None:
        """Give the database connections back."""
        self._database.close()

    def _row(self, result: ShadowResult, at: datetime) -> dict[str, Any]:
        return {
            "run_id": self._run.run_id,
            "candidate_sha256": self._run.candidate.sha256,
            "decision_id": result.decision_id,
            "at": to_text(at),
            "state": result.state.value,
            "error": result.error and result.error[:MOST_OF_ERROR],
            "duration_s": result.duration_s,
            "live_duration_s": result.live_duration_s,
            **(_columns(result.choice) if result.choice else {}),
        }


def _columns(choice: ShadowChoice) -> dict[str, Any]:
    return {name: value.value if isinstance(value, Enum) else value for name, value in vars(choice).items()}
