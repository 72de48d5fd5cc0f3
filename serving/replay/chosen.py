"""Choose which kept decisions are taken again."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from serving.record.record import Record, unknown_decision
from serving.record.tables import DECISIONS


@dataclass(frozen=True)
class Choice:
    """One decision that is to be taken again, and the hash of what it was taken with."""

    decision_id: str
    configuration_sha256: str | None


def all_decisions(record: Record) -> list[Choice]:
    """Return every decision of a record, oldest first."""
    query = select(DECISIONS.c.decision_id, DECISIONS.c.configuration_sha256).order_by(DECISIONS.c.sequence)
    with record.database.connect_to_count() as connection:
        return [Choice(*row) for row in connection.execute(query)]


def named_decisions(record: Record, ids: Iterable[str]) -> list[Choice]:
    """Return decisions by their ids; raises UnknownDecision for the first that is not there."""
    known = {choice.decision_id: choice for choice in all_decisions(record)}
    wanted = list(dict.fromkeys(ids))
    unknown = [decision_id for decision_id in wanted if decision_id not in known]
    if unknown:
        raise unknown_decision(unknown[0])
    return [known[decision_id] for decision_id in wanted]


def sampled(choices: list[Choice], count: int, seed: int) -> list[Choice]:
    """Return so many of some decisions in their order, drawn by a seed; fewer where there are no more."""
    drawn = random.Random(seed).sample(range(len(choices)), min(count, len(choices)))
    return [choices[index] for index in sorted(drawn)]
