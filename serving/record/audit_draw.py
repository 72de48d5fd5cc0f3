"""Draw decisions for a blind audit before anything is known of them, so that nothing can sway the draw."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

_STEPS = 2**53


@dataclass(frozen=True)
class AuditDraw:
    """Whether a decision was drawn, and with which probability: what later estimates weigh it by."""

    probability: float
    is_drawn: bool


def draw_for_audit(probability: float, chance: Callable[[], float]) -> AuditDraw:
    """Draw one decision; `chance` returns a number from 0 to 1, without 1."""
    return AuditDraw(probability, chance() < probability)


def unpredictable() -> float:
    """Return a number from 0 to 1, without 1, that nobody who sees others of them can foretell."""
    return secrets.randbelow(_STEPS) / _STEPS
