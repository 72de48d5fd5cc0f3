"""Say in SQL which decisions wait for a person, why, how urgently, and until when."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_

from data.decision import Destination, Disposition
from data.fraud import Action
from serving.record.desk.audits import waits_for_audit
from serving.record.desk.desk_rules import HOUR, DeskRules, ReviewReason
from serving.record.desk.purpose import DeskPurpose
from serving.record.moment import to_text
from serving.record.returns.current import is_current
from serving.record.tables import DECISIONS, OPINIONS, OVERRIDES

# So much of a time as text tells its hour.
_HOUR_CHARACTERS = 13
_BY_FRAUD = "gate:fraud"


def waits_for_person() -> ColumnElement[bool]:
    """Return the condition that a return's last decision needs a person and has no override yet."""
    return DECISIONS.c.needs_person & ~is_overridden() & is_current()


def is_to_be_seen() -> ColumnElement[bool]:
    """Return the condition that a decision waits for a person, or for a look that nobody has given it yet."""
    looked = exists().where(
        OPINIONS.c.decision_id == DECISIONS.c.decision_id, OPINIONS.c.purpose == DeskPurpose.REVIEW.value
    )
    is_asked = DECISIONS.c.looks_asked.is_not(None) & ~looked
    return or_(DECISIONS.c.needs_person, is_asked) & ~is_overridden() & is_current()


def is_overridden() -> ColumnElement[bool]:
    """Return the condition that somebody chose otherwise."""
    return exists().where(OVERRIDES.c.decision_id == DECISIONS.c.decision_id)


def conditions() -> Mapping[ReviewReason, ColumnElement[bool]]:
    """Return for each reason the condition that a decision waits for it, if it waits at all."""
    asked = DECISIONS.c.looks_asked
    is_held = DECISIONS.c.disposition == Disposition.QUARANTINE.value
    is_released = DECISIONS.c.fraud_action == Action.RELEASE.value
    return {
        ReviewReason.QUARANTINE: DECISIONS.c.destination == Destination.QUARANTINE_CAGE.value,
        ReviewReason.FRAUD_HOLD: DECISIONS.c.fraud_action == Action.HOLD.value,
        ReviewReason.GATE_HELD: and_(is_held, or_(DECISIONS.c.decided_by != _BY_FRAUD, is_released)),
        ReviewReason.ABOVE_VALUE: func.coalesce(asked, "").contains(ReviewReason.ABOVE_VALUE.value),
        ReviewReason.FRAUD_REVIEW: DECISIONS.c.fraud_action == Action.REVIEW.value,
        # A grade as far as seen may have gone its way: what then waits for another look was not abstained.
        ReviewReason.ABSTAINED: DECISIONS.c.grade.is_(None) & DECISIONS.c.needs_person,
        ReviewReason.NEAR_THRESHOLD: func.coalesce(asked, "").contains(ReviewReason.NEAR_THRESHOLD.value),
        ReviewReason.RANDOM_AUDIT: waits_for_audit(),
    }


def reasons_of(row: Mapping[str, Any]) -> tuple[ReviewReason, ...]:
    """Return for which reasons a decision waits, from its columns; what `conditions` says in SQL."""
    is_held, is_released = row["disposition"] == Disposition.QUARANTINE, row["fraud_action"] == Action.RELEASE
    asked = (row["looks_asked"] or "").split(",")
    found = {
        ReviewReason.QUARANTINE: row["destination"] == Destination.QUARANTINE_CAGE,
        ReviewReason.FRAUD_HOLD: row["fraud_action"] == Action.HOLD,
        ReviewReason.GATE_HELD: is_held and (row["decided_by"] != _BY_FRAUD or is_released),
        ReviewReason.FRAUD_REVIEW: row["fraud_action"] == Action.REVIEW,
        ReviewReason.ABSTAINED: row["grade"] is None and row["needs_person"],
        **{reason: reason in asked for reason in (ReviewReason.ABOVE_VALUE, ReviewReason.NEAR_THRESHOLD)},
    }
    return tuple(reason for reason in ReviewReason if found.get(reason))


def urgency(rules: DeskRules) -> ColumnElement[int]:
    """Return the priority of the most urgent reason of a decision that waits for review."""
    of = conditions()
    ranked = [
        (of[reason], one.priority)
        for reason, one in rules.by_urgency
        if reason is not ReviewReason.RANDOM_AUDIT
    ]
    return case(*ranked, else_=rules.by_urgency[-1][1].priority + 1)


def decided_hour() -> ColumnElement[str]:
    """Return the hour in which a decision was taken, as text: of one urgency the earlier is due earlier."""
    return func.substr(DECISIONS.c.decided_at, 1, _HOUR_CHARACTERS)


def is_due_before(moment: datetime, rules: DeskRules, priority: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a decision of a priority is due before a moment."""
    return or_(
        *(
            and_(priority == one.priority, DECISIONS.c.decided_at < to_text(_taken_before(moment, one.due_h)))
            for _, one in rules.by_urgency
        )
    )


def _taken_before(moment: datetime, due_h: float) -> datetime:
    """Return before when a decision was taken that is due before a moment: its own hour counts in full."""
    latest = moment.astimezone(UTC) - timedelta(hours=due_h)
    whole = latest.replace(minute=0, second=0, microsecond=0)
    # Taken in the hour that ends at `whole` it is due at `whole` and so many hours; that is before `latest`.
    return whole if whole < latest else whole - HOUR
