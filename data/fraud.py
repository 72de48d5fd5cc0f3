"""Define the fraud score of one return, at one moment, with its reasons."""

from dataclasses import dataclass
from enum import StrEnum

from data.condition import ModelIdentity

MOST_REASONS = 10
"""Reasons of a score that a caller may ask for."""


class Typology(StrEnum):
    """The ways a return is abused."""

    ITEM_SWAP = "item_swap"
    STRIPPED = "stripped"
    EMPTY_OR_WEIGHTED_BOX = "empty_or_weighted_box"
    FAKE_TRACKING = "fake_tracking"
    WARDROBING = "wardrobing"
    COUNTERFEIT = "counterfeit"
    STOLEN_OR_BLACKLISTED = "stolen_or_blacklisted"
    DOUBLE_REFUND = "double_refund"
    REFUND_RING = "refund_ring"
    LABEL_REUSE = "label_reuse"


class Moment(StrEnum):
    """The moments of a score: T0 authorised, T1 arrived, T2 verified."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"


class Band(StrEnum):
    """The score in a word, by the policy's thresholds."""

    LOW = "low"
    ELEVATED = "elevated"
    HIGH = "high"


class Action(StrEnum):
    """The actions a policy can ask for."""

    RELEASE = "release"
    REVIEW = "review"
    HOLD = "hold"

    def at_least(self, other: "Action") -> "Action":
        """Return the stricter of two actions."""
        order = list(Action)
        return max(self, other, key=order.index)


class FloorFinding(StrEnum):
    """What was found of a return that asks for an action whatever the model's probability is."""

    EMPTY_BOX = "empty_box"
    COUNTERFEIT = "counterfeit"
    LISTED = "listed"
    ANOTHER_UNIT = "another_unit"
    WRONG_CLASS = "wrong_class"
    LABEL_REUSED = "label_reused"


class Direction(StrEnum):
    """Where a reason moves the score."""

    RAISES = "raises"
    LOWERS = "lowers"
    NEITHER = "neither"


def direction_of(contribution: float) -> Direction:
    """Return where so many points move a score."""
    if contribution == 0.0:
        return Direction.NEITHER
    return Direction.RAISES if contribution > 0.0 else Direction.LOWERS


@dataclass(frozen=True)
class Reason:
    """One contribution to the score, in points of log odds, with texts for the operator and the customer.

    Points are of the calibrated probability where the score has a breakdown; in decisions of before there was
    one they are of the raw score.
    """

    code: str
    text: str
    customer_text: str
    contribution: float

    @property
    def direction(self) -> Direction:
        """Return where it moves the score."""
        return direction_of(self.contribution)


@dataclass(frozen=True)
class Breakdown:
    """What a score is made of, in points of log odds: base + every reason's contribution + rest = log_odds.

    base: what the model answers of a case of which nothing is known at this moment, the same as
    base_probability. rest: all that is in no reason. log_odds: the answer, ln(p / (1 - p)) of the probability
    p up to what p is rounded by.
    """

    base_probability: float
    base: float
    rest: float
    log_odds: float


@dataclass(frozen=True)
class TypologyShare:
    """The probability of one typology, given that the return is abused; never for customers."""

    typology: Typology
    probability: float


@dataclass(frozen=True)
class Floor:
    """A finding, the least action that the policy asks for where it was made, and what was found in words."""

    finding: FloorFinding
    action: Action
    text: str


@dataclass(frozen=True)
class FraudScore:
    """A calibrated probability, the action it leads to, and the reasons.

    typologies: the likelier kinds first, adding up to 1. unusual: the share of earlier returns at this moment
    that were less unusual. review_priority: the probability, raised by what is unusual; reviews follow it.
    floors: findings by which the action is at least theirs, whatever the probability. breakdown: what the
    probability is made of, None in decisions of before it was told.
    """

    rma_id: str
    moment: Moment
    probability: float
    band: Band
    action: Action
    reasons: tuple[Reason, ...]
    missing_inputs: tuple[str, ...]
    model: ModelIdentity
    typologies: tuple[TypologyShare, ...] = ()
    unusual: float | None = None
    review_priority: float | None = None
    floors: tuple[Floor, ...] = ()
    breakdown: Breakdown | None = None
