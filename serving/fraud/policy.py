"""Read which fraud probability leads to which band and action."""

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import yaml

from data.condition import ModelIdentity
from data.decision import PolicyIdentity
from data.fraud import Action, Band, Moment

DEFAULT_FILE = "fraud-2.yaml"
NAMED_BY = 12
"""So many digits of a model's hash name it in the source of a policy."""


class InvalidFraudPolicy(ValueError):
    """A fraud policy file can't be used; the message says what to change."""


@dataclass(frozen=True)
class FraudPolicy:
    """Thresholds on the calibrated probability, from which a band or action starts.

    points: named operating points, each a review threshold by moment; review_at chooses one for each moment.
    unusual_weight: log odds added to the review priority for each nat of surprise. source: which model the
    thresholds were set for, on what.
    """

    identity: PolicyIdentity
    elevated: float
    high: float
    points: dict[str, dict[Moment, float]]
    review_at: dict[Moment, str]
    hold: dict[Moment, float]
    unusual_weight: float
    reasons: int
    source: str

    @cached_property
    def review(self) -> dict[Moment, float]:
        """Return the review priority from which a return is reviewed, by moment."""
        return {moment: self.points[name][moment] for moment, name in self.review_at.items()}

    def is_for(self, model: ModelIdentity) -> bool:
        """Return whether the thresholds were set for a model: the source names the hash of its graph."""
        return model.sha256[:NAMED_BY] in self.source

    def band(self, probability: float) -> Band:
        """Return the score in a word."""
        # Each comparison asks for the good news, so that what is no number is never good.
        if not probability < self.high:
            return Band.HIGH
        return Band.LOW if probability < self.elevated else Band.ELEVATED

    def priority(self, probability: float, surprise: float) -> float:
        """Raise a probability by how unusual the return is; reviews follow it, holds do not."""
        probability = min(max(probability, 1e-9), 1.0 - 1e-9)
        odds = probability / (1.0 - probability) * math.exp(self.unusual_weight * surprise)
        return odds / (1.0 + odds)

    def action(self, probability: float, moment: Moment, priority: float = 0.0) -> Action:
        """Return what is asked for at this moment."""
        if not probability < self.hold[moment]:
            return Action.HOLD
        is_low = probability < self.review[moment] and priority < self.review[moment]
        return Action.RELEASE if is_low else Action.REVIEW

    def thresholds(self) -> list[float]:
        """Return every probability at which an answer changes."""
        return sorted({self.elevated, self.high, *self.review.values(), *self.hold.values()})


def read_fraud_policy(path: Path | None = None) -> FraudPolicy:
    """Read a policy file, the shipped one by default.

    Raises InvalidFraudPolicy for thresholds that are missing, out of range or in the wrong order.
    """
    body = (
        path.read_bytes() if path else files("serving.fraud").joinpath("policies", DEFAULT_FILE).read_bytes()
    )
    values = yaml.safe_load(body)
    try:
        policy = FraudPolicy(
            PolicyIdentity(str(values["name"]), str(values["version"]), hashlib.sha256(body).hexdigest()),
            elevated=float(values["bands"]["elevated"]),
            high=float(values["bands"]["high"]),
            points={str(name): _by_moment(row) for name, row in values["operating_points"].items()},
            review_at={moment: str(values["review_at"][moment.value]) for moment in Moment},
            hold=_by_moment(values["hold"]),
            unusual_weight=float(values["unusual_weight"]),
            reasons=int(values["reasons"]),
            source=str(values["source"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidFraudPolicy(
            f"fraud policy {path or DEFAULT_FILE}: {error!r}; see {DEFAULT_FILE}"
        ) from error
    _require_points(policy)
    _require_order(policy)
    return policy


def _by_moment(row: dict[str, float]) -> dict[Moment, float]:
    return {moment: float(row[moment.value]) for moment in Moment}


def _require_points(policy: FraudPolicy) -> None:
    unknown = sorted(set(policy.review_at.values()) - set(policy.points))
    if unknown:
        raise InvalidFraudPolicy(
            f"review_at names {', '.join(unknown)}, which is none of the operating points "
            f"{', '.join(policy.points)}: name one of them, or add it"
        )


def _require_order(policy: FraudPolicy) -> None:
    if not 0.0 <= policy.unusual_weight <= 1.0:
        raise InvalidFraudPolicy(f"unusual_weight {policy.unusual_weight} is out of range; give 0 to 1")
    pairs = [("elevated", policy.elevated, "high", policy.high)]
    pairs += [(f"{m} review", policy.review[m], f"{m} hold", policy.hold[m]) for m in Moment]
    for name, low, other, high in pairs:
        if not 0.0 < low <= high <= 1.0:
            raise InvalidFraudPolicy(
                f"{name} {low} and {other} {high} must satisfy 0 < {name} <= {other} <= 1: correct the policy"
            )
