"""Tell looking at a decision as it is from judging its photos blind."""

from enum import StrEnum


class DeskPurpose(StrEnum):
    """What somebody looks at a decision for."""

    REVIEW = "review"
    """To settle what waits, with all that is known."""
    AUDIT = "audit"
    """To judge a decision that was drawn, without knowing what was found and decided."""
