"""Settle what is taken for true of a return where several sources spoke, and tell who said otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from serving.record.labels.label_rules import LabelRules
from serving.record.labels.label_source import Told, Value


class Certainty(StrEnum):
    """How sure a label is."""

    ONLY_WORD = "only_word"
    AGREED = "agreed"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True)
class Truth:
    """What counts, and everything else that was said of it."""

    value: Value
    told: Told
    others: tuple[Told, ...]

    @property
    def contradicting(self) -> tuple[Told, ...]:
        """Return what says otherwise."""
        return tuple(other for other in self.others if other.value != self.value)

    @property
    def certainty(self) -> Certainty:
        """Return how sure it is."""
        if self.contradicting:
            return Certainty.CONTRADICTED
        return Certainty.AGREED if self.others else Certainty.ONLY_WORD


def settle(told: Sequence[Told], rules: LabelRules) -> Truth | None:
    """Settle what was told: who looked outweighs who did not, then the last to be known counts.

    None where nothing was told, or all of it was erased.
    """
    readable = [one for one in told if one.value is not None]
    if not readable:
        return None
    counts = max(
        readable, key=lambda one: (rules.origins[one.origin].has_looked, one.known_at, one.recorded_at)
    )
    others = tuple(one for one in readable if one is not counts)
    # Of a readable one it is there: mypy can't follow that through the list.
    return None if counts.value is None else Truth(counts.value, counts, others)
