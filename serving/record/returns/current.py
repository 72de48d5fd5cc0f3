"""Tell the last decision of a return from those that it supersedes."""

from sqlalchemy import ColumnElement, exists

from serving.record.tables import DECISIONS


def is_current() -> ColumnElement[bool]:
    """Return the condition that a decision is the last one of its return."""
    later = DECISIONS.alias("later")
    return ~exists().where(
        later.c.rma_id == DECISIONS.c.rma_id,
        later.c.tenant == DECISIONS.c.tenant,
        later.c.sequence > DECISIONS.c.sequence,
    )
