"""Read which fraud probability leads to which band and action, and which finding to at least which."""

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from data.condition import ModelIdentity
from data.decision import PolicyIdentity
from data.fraud import Action, Band, Floor, FloorFinding, Moment
from data.strict import Frozen
from data.versioned_file import InvalidFile, VersionedFile, read_versioned
from serving.fraud.base_rate import LEAST_RATE, MOST_RATE

DEFAULT_POLICY = Path(__file__).parent / "policies" / "fraud-4.yaml"
NAMED_BY = 12
"""So many digits of a model's hash name it in the source of a policy."""


class InvalidFraudPolicy(InvalidFile):
    """A fraud policy file that can't be used; the message says what to change."""


def _of_every(kind: type[StrEnum], name: str) -> AfterValidator:
    """Return a check that a table has an entry for each member of an enum, which is called `name`."""

    def check(table: dict[Any, Any]) -> dict[Any, Any]:
        missing = [member for member in kind if member not in table]
        if missing:
            raise ValueError(f"lacks {', '.join(missing)}: every {name} needs an entry")
        return table

    return AfterValidator(check)


ByMoment = Annotated[dict[Moment, float], _of_every(Moment, "moment")]
NameByMoment = Annotated[dict[Moment, str], _of_every(Moment, "moment")]


class FloorRule(Frozen):
    """The least action for a finding, and what that was taken from."""

    action: Literal[Action.REVIEW, Action.HOLD]
    source: str = Field(min_length=1)


Floors = Annotated[dict[FloorFinding, FloorRule], _of_every(FloorFinding, "finding")]


class Bands(Frozen):
    """The probability from which a score is called elevated, and from which it is called high."""

    elevated: float
    high: float


class FraudPolicy(VersionedFile):
    """Thresholds on the calibrated probability, from which a band or action starts.

    operating_points: each a review threshold by moment; review_at chooses one for each moment.
    unusual_weight: log odds added to the review priority for each nat of surprise. source: which model the
    thresholds were set for, on what. floors: None in files from before there were any; then only the model's
    probability asks for an action, as it did. base_rate: the operator's true share of fraud, to which the
    model's probabilities are moved before anything reads them; None leaves them as the model was calibrated.
    """

    # Files that operators wrote before this was checked may have a version without quotes.
    version: str = Field(min_length=1, coerce_numbers_to_str=True)
    source: str = ""
    bands: Bands
    operating_points: dict[str, ByMoment]
    review_at: NameByMoment
    hold: ByMoment
    unusual_weight: float
    reasons: int
    floors: Floors | None = None
    base_rate: Annotated[float, Field(ge=LEAST_RATE, le=MOST_RATE)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _require_points(self)
        _require_order(self)
        return self

    @property
    def identity(self) -> PolicyIdentity:
        """Return what an answer remembers of the policy that took it."""
        return PolicyIdentity(name=self.name, version=self.version, sha256=self.sha256)

    @cached_property
    def review(self) -> dict[Moment, float]:
        """Return the review priority from which a return is reviewed, by moment."""
        return {moment: self.operating_points[name][moment] for moment, name in self.review_at.items()}

    def is_for(self, model: ModelIdentity) -> bool:
        """Return whether the thresholds were set for a model, whose graph's hash the source names."""
        return model.sha256[:NAMED_BY] in self.source

    def band(self, probability: float) -> Band:
        """Return the band of a probability."""
        # Each comparison asks for the good news, so that what is no number is never good.
        if not probability < self.bands.high:
            return Band.HIGH
        return Band.LOW if probability < self.bands.elevated else Band.ELEVATED

    def priority(self, probability: float, surprise: float) -> float:
        """Return a probability raised by how unusual the return is.

        Reviews follow it, holds do not.
        """
        probability = min(max(probability, 1e-9), 1.0 - 1e-9)
        odds = probability / (1.0 - probability) * math.exp(self.unusual_weight * surprise)
        return odds / (1.0 + odds)

    def floors_of(self, found: Mapping[FloorFinding, str]) -> tuple[Floor, ...]:
        """Return what each finding, told in words, asks for at the least; nothing without a table."""
        if self.floors is None:
            return ()
        asked = [(finding, self.floors[finding].action, text) for finding, text in found.items()]
        return tuple(
            Floor(finding, action, f"{text} (asks for at least a {action.value})")
            for finding, action, text in asked
        )

    def action(
        self, probability: float, moment: Moment, priority: float = 0.0, floors: Iterable[Floor] = ()
    ) -> Action:
        """Return the action at this moment: by the probability, and no more lenient than any floor."""
        action = self._by_probability(probability, moment, priority)
        for floor in floors:
            action = action.at_least(floor.action)
        return action

    def _by_probability(self, probability: float, moment: Moment, priority: float) -> Action:
        if not probability < self.hold[moment]:
            return Action.HOLD
        is_low = probability < self.review[moment] and priority < self.review[moment]
        return Action.RELEASE if is_low else Action.REVIEW

    def thresholds(self) -> list[float]:
        """Return every probability at which an answer changes."""
        return sorted({self.bands.elevated, self.bands.high, *self.review.values(), *self.hold.values()})


def read_fraud_policy(path: Path = DEFAULT_POLICY) -> FraudPolicy:
    """Read a policy file, the shipped one by default.

    Raises InvalidFraudPolicy for thresholds that are missing, out of range or in the wrong order.
    """
    return read_versioned(path, FraudPolicy, error=InvalidFraudPolicy)


def _require_points(policy: FraudPolicy) -> None:
    unknown = sorted(set(policy.review_at.values()) - set(policy.operating_points))
    if unknown:
        raise ValueError(
            f"review_at names {', '.join(unknown)}, which is none of the operating points "
            f"{', '.join(policy.operating_points)}: name one of them, or add it"
        )


def _require_order(policy: FraudPolicy) -> None:
    if not 0.0 <= policy.unusual_weight <= 1.0:
        raise ValueError(f"unusual_weight {policy.unusual_weight} is out of range; give 0 to 1")
    pairs = [("elevated", policy.bands.elevated, "high", policy.bands.high)]
    pairs += [(f"{m} review", policy.review[m], f"{m} hold", policy.hold[m]) for m in Moment]
    for name, low, other, high in pairs:
        if not 0.0 < low <= high <= 1.0:
            raise ValueError(
                f"{name} {low} and {other} {high} must satisfy 0 < {name} <= {other} <= 1: correct the policy"
            )
