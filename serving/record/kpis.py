"""Count what an operator is judged by, from the record and from nothing else; every figure says its n."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select

from serving.record.desk.desk_figures import AuditFigures, DeskFigures, count_audits, count_desk
from serving.record.desk.desk_rules import DeskRules
from serving.record.desk.waiting import waits_for_person
from serving.record.moment import to_text
from serving.record.record import Record
from serving.record.returns.current import is_current
from serving.record.tables import DECISIONS, OVERRIDES

WITHIN_H = 48.0


@dataclass(frozen=True)
class KpiShare:
    """A count out of n; the share is None while there is nothing to count."""

    count: int
    n: int
    share: float | None


@dataclass(frozen=True)
class Quantile:
    """The median over n values; None while there is none."""

    median: float | None
    n: int


@dataclass(frozen=True)
class Recovery:
    """Expected net value over refund value, over n decisions; None while there is none."""

    rate: float | None
    n: int


@dataclass(frozen=True)
class Kpis:
    """The record in figures: of each return the last decision, and how many others that `superseded`.

    `touchless` counts decisions that waited for nobody and that nobody overrode. `receipt_to_decision_h` is
    from the first delivery or dock scan to the case's as_of. `expected_recovery` is the expected net value
    over the refund value of the decisions that value took: an expectation of the policy, not money received.
    `audits` count every decision, for they are drawn of all. `desk` is of now, whatever `since` says, and
    None where nobody asked for it.
    """

    since: str | None
    decisions: int
    superseded: int
    dispositions: dict[str, KpiShare]
    decided_by: dict[str, KpiShare]
    fraud_actions: dict[str, KpiShare]
    abstained: KpiShare
    touchless: KpiShare
    overridden: KpiShare
    waiting: int
    receipt_to_decision_h: Quantile
    decided_within_48_h: KpiShare
    expected_recovery: Recovery
    audits: AuditFigures
    desk: DeskFigures | None


def count_figures(
    record: Record,
    since: datetime | None = None,
    *,
    rules: DeskRules | None = None,
    now: datetime | None = None,
) -> Kpis:
    """Count the figures of all returns, or of those last decided since a moment.

    With the desk's rules, what waits at it `now` is counted too.
    """
    taken = DECISIONS.c.decided_at >= to_text(since) if since else DECISIONS.c.sequence > 0
    scope = taken & is_current()
    overridden = exists().where(OVERRIDES.c.decision_id == DECISIONS.c.decision_id)
    hours = DECISIONS.c.receipt_to_decision_h
    with record.database.connect_to_count() as connection:
        n = _count(connection, scope)
        timed = _count(connection, scope, hours.is_not(None))

        def share(condition: ColumnElement[bool], among: int = n) -> KpiShare:
            return _share(_count(connection, scope, condition), among)

        return Kpis(
            since=to_text(since) if since else None,
            decisions=n,
            superseded=_count(connection, taken) - n,
            dispositions=_by(connection, DECISIONS.c.disposition, scope, n),
            decided_by=_by(connection, DECISIONS.c.decided_by, scope, n),
            fraud_actions=_by(connection, DECISIONS.c.fraud_action, scope, n),
            abstained=share(DECISIONS.c.grade.is_(None)),
            touchless=share(~DECISIONS.c.needs_person & ~overridden),
            overridden=share(overridden),
            waiting=_count(connection, scope, waits_for_person()),
            receipt_to_decision_h=Quantile(_median(connection, hours, scope, timed), timed),
            decided_within_48_h=share(hours <= WITHIN_H, timed),
            expected_recovery=_recovery(connection, scope),
            audits=count_audits(connection, taken),
            desk=count_desk(connection, rules, now) if rules and now else None,
        )


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(DECISIONS).where(*conditions)).scalar_one()


def _share(count: int, n: int) -> KpiShare:
    return KpiShare(count, n, round(count / n, 4) if n else None)


def _by(connection: Connection, column: Any, scope: ColumnElement[bool], n: int) -> dict[str, KpiShare]:
    query = select(column, func.count()).where(scope).group_by(column).order_by(func.count().desc(), column)
    return {name: _share(count, n) for name, count in connection.execute(query)}


def _median(connection: Connection, column: Any, scope: ColumnElement[bool], n: int) -> float | None:
    # By position, because SQLite has no percentile function: the middle row, or the mean of the middle two.
    middle = select(column).where(scope, column.is_not(None)).order_by(column)
    values = connection.execute(middle.offset(max(0, (n - 1) // 2)).limit(2 - n % 2)).scalars().all()
    return round(sum(values) / len(values), 3) if values else None


def _recovery(connection: Connection, scope: ColumnElement[bool]) -> Recovery:
    expected, refund, n = connection.execute(
        select(
            func.sum(DECISIONS.c.expected_amount), func.sum(DECISIONS.c.refund_amount), func.count()
        ).where(scope, DECISIONS.c.expected_amount.is_not(None))
    ).one()
    return Recovery(round(expected / refund, 4) if refund else None, n)
