"""Read which fraud probability leads to which band and action."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml

from data.decision import PolicyIdentity
from data.fraud import Action, Band, Moment

DEFAULT_FILE = "fraud-1.yaml"


class InvalidFraudPolicy(ValueError):
    """A fraud policy file can't be used; the message says what to change."""


@dataclass(frozen=True)
class FraudPolicy:
    """Thresholds on the calibrated probability, from which a band or action starts."""

    identity: PolicyIdentity
    elevated: float
    high: float
    review: dict[Moment, float]
    hold: dict[Moment, float]
    reasons: int

    def band(self, probability: float) -> Band:
        """Return the score in a word."""
        if probability >= self.high:
            return Band.HIGH
        return Band.ELEVATED if probability >= self.elevated else Band.LOW

    def action(self, probability: float, moment: Moment) -> Action:
        """Return what is asked for at this moment."""
        if probability >= self.hold[moment]:
            return Action.HOLD
        return Action.REVIEW if probability >= self.review[moment] else Action.RELEASE

    def thresholds(self) -> list[float]:
        """Return every probability at which an answer changes."""
        return sorted({self.elevated, self.high, *self.review.values(), *self.hold.values()})


def read_fraud_policy(path: Path | None = None) -> FraudPolicy:
    """Read a policy file, the shipped one by default.

    Raises InvalidFraudPolicy for thresholds that are missing, out of range or in the wrong order.
    """
    body = path.read_bytes() if path else files("serving").joinpath("policies", DEFAULT_FILE).read_bytes()
    values = yaml.safe_load(body)
    try:
        policy = FraudPolicy(
            PolicyIdentity(str(values["name"]), str(values["version"]), hashlib.sha256(body).hexdigest()),
            elevated=float(values["bands"]["elevated"]),
            high=float(values["bands"]["high"]),
            review={moment: float(values["actions"][moment.value]["review"]) for moment in Moment},
            hold={moment: float(values["actions"][moment.value]["hold"]) for moment in Moment},
            reasons=int(values["reasons"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidFraudPolicy(
            f"fraud policy {path or DEFAULT_FILE}: {error!r}; see {DEFAULT_FILE}"
        ) from error
    _require_order(policy)
    return policy


def _require_order(policy: FraudPolicy) -> None:
    pairs = [("elevated", policy.elevated, "high", policy.high)]
    pairs += [(f"{m} review", policy.review[m], f"{m} hold", policy.hold[m]) for m in Moment]
    for name, low, other, high in pairs:
        if not 0.0 < low <= high <= 1.0:
            raise InvalidFraudPolicy(
                f"{name} {low} and {other} {high} must satisfy 0 < {name} <= {other} <= 1: correct the policy"
            )
