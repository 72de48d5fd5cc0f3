"""Find the decisions that were drawn for a blind audit, and say of one that it was once the audit is done."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from serving.record.desk.purpose import DeskPurpose
from serving.record.moment import from_text
from serving.record.tables import DECISIONS, OPINIONS


@dataclass(frozen=True)
class Audit:
    """A blind audit that is done: with which probability its decision was drawn, and when it was done."""

    probability: float
    done_at: datetime


def is_audited() -> ColumnElement[bool]:
    """Return the condition that a decision's blind audit is done."""
    return exists().where(
        OPINIONS.c.decision_id == DECISIONS.c.decision_id, OPINIONS.c.purpose == DeskPurpose.AUDIT.value
    )


def waits_for_audit() -> ColumnElement[bool]:
    """Return the condition that a decision was drawn, nobody judged it yet, and there is still what to judge.

    A later decision or an override takes none of them away: what is drawn would then no longer be random.
    """
    return and_(DECISIONS.c.is_drawn.is_(True), DECISIONS.c.decision != "", ~is_audited())


def audit_of(connection: Connection, decision_id: str) -> Audit | None:
    """Return the audit of a decision once it is done, None before: who handles the device is not to know."""
    query = (
        select(DECISIONS.c.audit_probability, OPINIONS.c.at)
        .join(OPINIONS, OPINIONS.c.decision_id == DECISIONS.c.decision_id)
        .where(DECISIONS.c.decision_id == decision_id, OPINIONS.c.purpose == DeskPurpose.AUDIT.value)
        .order_by(OPINIONS.c.number)
    )
    row = connection.execute(query.limit(1)).one_or_none()
    return Audit(row.audit_probability, from_text(row.at)) if row else None
