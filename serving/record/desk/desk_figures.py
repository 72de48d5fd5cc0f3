"""Count what waits at the review desk, and how often blind audits agree with the machine."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from data.fraud import Action
from serving.record.desk.audits import is_audited, waits_for_audit
from serving.record.desk.desk_rules import DeskRules, ReviewReason
from serving.record.desk.purpose import DeskPurpose
from serving.record.desk.waiting import conditions, is_due_before, is_to_be_seen, urgency
from serving.record.tables import DECISIONS, OPINIONS

# Of the standard normal distribution, for an interval of 95 %.
_Z = 1.959963984540054


@dataclass(frozen=True)
class AgreementShare:
    """How often of n audits the auditor said what the machine did, with Wilson's interval of 95 %."""

    count: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, count: int, n: int) -> "AgreementShare":
        """Return the share and its interval; all unknown without any."""
        if not n:
            return cls(count, n, None, None, None)
        share, square = count / n, _Z**2 / n
        middle = (share + square / 2) / (1 + square)
        reach = _Z / (1 + square) * math.sqrt(share * (1 - share) / n + square / (4 * n))
        return cls(count, n, *(round(value, 4) for value in (share, middle - reach, middle + reach)))


@dataclass(frozen=True)
class AuditFigures:
    """The decisions that were drawn for a blind audit, those that were judged, and how often they agree.

    `fraud` compares whether the machine held the return back for fraud with whether the auditor calls it one.
    """

    drawn: int
    done: int
    grade: AgreementShare
    disposition: AgreementShare
    fraud: AgreementShare


@dataclass(frozen=True)
class DeskFigures:
    """What waits at the desk now, for how many reasons, and what of it is past its time."""

    waiting: int
    waiting_by_reason: dict[str, int]
    overdue: int


def count_desk(connection: Connection, rules: DeskRules, now: datetime) -> DeskFigures:
    """Count what waits for review and for an audit; a decision counts for each of its reasons."""
    of = conditions()
    audit = rules.reasons[ReviewReason.RANDOM_AUDIT]
    reviews = [reason for reason in ReviewReason if reason is not ReviewReason.RANDOM_AUDIT]
    counted = [_sum(of[reason]).label(reason.value) for reason in reviews]
    overdue = _sum(is_due_before(now, rules, urgency(rules)))
    waiting, late, *by_reason = connection.execute(
        select(func.count(), overdue, *counted).where(is_to_be_seen())
    ).one()
    late_audits = _sum(is_due_before(now, rules, literal(audit.priority)))
    audits, overdue_audits = connection.execute(
        select(func.count(), late_audits).select_from(DECISIONS).where(waits_for_audit())
    ).one()
    named = dict(zip((reason.value for reason in reviews), map(int, by_reason), strict=True))
    named[ReviewReason.RANDOM_AUDIT.value] = audits
    return DeskFigures(waiting + audits, named, int(late) + int(overdue_audits))


def count_audits(connection: Connection, taken: ColumnElement[bool]) -> AuditFigures:
    """Count the audits of decisions in a scope; of each the first opinion that was given blind."""
    is_drawn = DECISIONS.c.is_drawn.is_(True)
    drawn, done = connection.execute(
        select(func.count(), _sum(is_audited())).select_from(DECISIONS).where(is_drawn, taken)
    ).one()
    held = DECISIONS.c.fraud_action != Action.RELEASE.value
    compared = {
        "grade": DECISIONS.c.grade == OPINIONS.c.grade,
        "disposition": DECISIONS.c.disposition == OPINIONS.c.disposition,
        "fraud": or_(and_(held, OPINIONS.c.is_fraud), and_(~held, ~OPINIONS.c.is_fraud)),
    }
    spoken = {
        "grade": and_(DECISIONS.c.grade.is_not(None), OPINIONS.c.grade.is_not(None)),
        "disposition": OPINIONS.c.disposition.is_not(None),
        "fraud": OPINIONS.c.is_fraud.is_not(None),
    }
    sums = [_sum(and_(spoken[name], each)) for name, each in compared.items()]
    counts = connection.execute(_first_audits(*sums, *map(_sum, spoken.values())).where(taken)).one()
    agreed, among = counts[: len(sums)], counts[len(sums) :]
    shares = [AgreementShare.of(int(count), int(n)) for count, n in zip(agreed, among, strict=True)]
    return AuditFigures(drawn, int(done), *shares)


def _first_audits(*columns: Any) -> Select[Any]:
    earlier = OPINIONS.alias("earlier")
    is_first = ~(
        select(earlier.c.sequence)
        .where(
            earlier.c.decision_id == OPINIONS.c.decision_id,
            earlier.c.purpose == OPINIONS.c.purpose,
            earlier.c.number < OPINIONS.c.number,
        )
        .exists()
    )
    joined = select(*columns).join_from(
        OPINIONS, DECISIONS, DECISIONS.c.decision_id == OPINIONS.c.decision_id
    )
    return joined.where(OPINIONS.c.purpose == DeskPurpose.AUDIT.value, is_first)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
