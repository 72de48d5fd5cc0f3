"""Define how a fraud score is answered, by itself and inside a decision."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from data.condition import ModelIdentity
from data.fraud import Action, Band, Direction, FloorFinding, FraudScore, Moment, Typology


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, allow_inf_nan=False, frozen=True)


class ReasonAnswer(_Answer):
    """One reason of a fraud score: its text for the operator, and what a customer may be told instead."""

    code: str
    text: str
    contribution: float = Field(
        description="Points of log odds of the probability; of the raw score where there is no breakdown."
    )
    direction: Direction = Field(description="Whether it raises or lowers the score.")
    customer_text: str = Field(description="What a customer may be told: no suspicion, no score, no figure.")


REASON_FIELDS = tuple(ReasonAnswer.model_fields)


class LikenessAnswer(_Answer):
    """How likely a return is of one kind, if it is abused at all; for the operator."""

    typology: Typology
    probability: float


class FloorAnswer(_Answer):
    """One finding for which the policy asks for at least an action; for the operator."""

    finding: FloorFinding
    action: Action
    text: str


class BreakdownAnswer(_Answer):
    """What a probability is made of: base + the contribution of each reason + rest = log_odds."""

    base_probability: float = Field(
        description="What the model answers of a case of which nothing is known at this moment."
    )
    base: float = Field(description="The same in log odds, ln(p / (1 - p)).")
    rest: float = Field(description="Points of log odds of all that is in no reason here.")
    log_odds: float = Field(description="The log odds of the probability.")


class FraudAnswer(_Answer):
    """One fraud score."""

    rma_id: str
    moment: Moment
    probability: float
    band: Band
    action: Action
    reasons: list[ReasonAnswer]
    missing_inputs: list[str]
    typologies: list[LikenessAnswer]
    unusual: float | None
    review_priority: float | None
    floors: list[FloorAnswer] = Field(
        description="Findings by which the action is at least theirs, whatever the probability."
    )
    breakdown: BreakdownAnswer | None = Field(
        description="What the probability is made of; null in decisions of before it was told."
    )


class FraudOfDecision(FraudAnswer):
    """The fraud score inside a decision, with the model that gave it."""

    model: ModelIdentity


def fraud_values(score: FraudScore) -> dict[str, Any]:
    """Return what FraudAnswer makes of a score, in a fraction of its time, with nothing to check."""
    return {
        **{name: getattr(score, name) for name in ("rma_id", "moment", "probability", "band", "action")},
        "reasons": [{name: getattr(reason, name) for name in REASON_FIELDS} for reason in score.reasons],
        "missing_inputs": list(score.missing_inputs),
        "typologies": list(map(vars, score.typologies)),
        "unusual": score.unusual,
        "review_priority": score.review_priority,
        "floors": list(map(vars, score.floors)),
        "breakdown": None if score.breakdown is None else vars(score.breakdown),
    }
