"""Redo kept decisions under two policies, from what the record keeps: case, condition and fraud score."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from data.case import InvalidCase, ReturnCase, parse_case
from data.condition import Condition
from data.decision import Disposition
from serving.commands.policy.both_sides import BothSides, Side
from serving.disposition.decide import DispositionChoice, choose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy, UnknownCurrency
from serving.memory.merge import with_memory
from serving.record.entry import Kept
from serving.record.errors import DamagedRecord, ErasedDecision
from serving.record.moment import from_text
from serving.record.record import Record

PAGE = 200


class NotRedone(Exception):
    """A kept decision can't be redone from what is kept; the message says why."""


@dataclass(frozen=True)
class Redone(BothSides):
    """One kept decision under both policies, with its case."""

    case: ReturnCase


@dataclass(frozen=True)
class LeftOut:
    """One kept decision that can't be redone, and why."""

    decision_id: str
    rma_id: str
    why: str


Regrade = Callable[[Condition, ReturnCase], Condition]


@dataclass(frozen=True)
class Redoing:
    """A policy, and how it sees the condition: as it was decided, or graded again by another pack."""

    policy: Policy
    regrade: Regrade | None = None

    def side(self, case: ReturnCase, kept: Kept) -> tuple[Side, DispositionChoice]:
        """Decide one kept decision again; raises NotRedone."""
        decision = kept.decision
        condition = decision.condition
        if condition is not None and self.regrade is not None:
            condition = self.regrade(condition, case)
        evidence = Evidence(case, condition, decision.fraud)
        try:
            choice = choose(evidence, self.policy)
        except UnknownCurrency as error:
            raise NotRedone(str(error)) from error
        grade = condition.grade if condition else None
        deciding = condition.deciding_grade if condition else None
        is_queued = choice.disposition is Disposition.QUARANTINE or deciding is None
        named = grade.value if grade else None
        worth = choice.worth.amount
        return Side(
            choice.disposition, choice.destination, choice.decided_by, named, worth, is_queued
        ), choice


def redo_kept(
    record: Record, old: Redoing, new: Redoing, since: datetime | None
) -> Iterator[Redone | LeftOut]:
    """Yield every kept decision, or those since a moment, newest first, under both policies."""
    for decision_id, rma_id in _decisions(record, since):
        try:
            yield _redo(record.get(decision_id), old, new)
        except (NotRedone, ErasedDecision, DamagedRecord) as error:
            yield LeftOut(decision_id, rma_id, str(error))


def _decisions(record: Record, since: datetime | None) -> Iterator[tuple[str, str]]:
    cursor: int | None = None
    while True:
        page = record.page(limit=PAGE, before=cursor)
        for row in page.rows:
            if since is None or from_text(row["decided_at"]) >= since:
                yield row["decision_id"], row["rma_id"]
        cursor = page.next_cursor
        if cursor is None:
            return


def _redo(kept: Kept, old: Redoing, new: Redoing) -> Redone:
    decision = kept.decision
    try:
        case = parse_case(kept.case)
    except InvalidCase as error:
        raise NotRedone(f"its case is none any more: {error}") from error
    case = with_memory(case, decision.memory)
    before, choice = old.side(case, kept)
    _require_as_kept(kept, old, choice)
    after, _ = new.side(case, kept)
    value = case.rma.value
    return Redone(
        decision.decision_id,
        decision.rma_id,
        decision.decided_at,
        before,
        after,
        old.policy.amount(value),
        new.policy.amount(value),
        case,
    )


def _require_as_kept(kept: Kept, old: Redoing, choice: DispositionChoice) -> None:
    """Raise NotRedone where the policy that decided does not decide the same from what is kept."""
    decided = kept.decision
    if decided.policy.sha256 != old.policy.sha256:
        return
    if (decided.disposition, decided.destination) != (choice.disposition, choice.destination):
        raise NotRedone(
            f"policy {old.policy.name} {old.policy.version} decided {decided.disposition.value}, but from "
            f"what is kept it decides {choice.disposition.value}: something that decided it is not kept"
        )
