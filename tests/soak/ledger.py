"""Write down what a service acknowledged, outside the service, to hold against what it has kept."""

from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from tests.soak.returns import ReturnToDecide


@dataclass
class Acknowledged:
    """One decision that was answered with 200, and what was acknowledged of it since."""

    given: ReturnToDecide
    photo_ids: tuple[str, ...]
    answer: dict[str, Any]
    fact_ids: list[str] = field(default_factory=list)
    overrides_asked: int = 0
    overrides_acknowledged: int = 0

    @property
    def decision_id(self) -> str:
        return str(self.answer["decision_id"])


@dataclass
class Ledger:
    """What all callers were told, and how often they were told what."""

    decisions: list[Acknowledged] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    # Set where something went wrong and nobody need be answered any more.
    is_given_up: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def acknowledge(
        self, given: ReturnToDecide, photo_ids: tuple[str, ...], answer: dict[str, Any]
    ) -> Acknowledged:
        """Note a decision that was acknowledged."""
        decided = Acknowledged(given, photo_ids, answer)
        with self._lock:
            self.decisions.append(decided)
        return decided

    def count(self, answer: str) -> None:
        """Note one answer of any kind."""
        with self._lock:
            self.answers[answer] += 1
