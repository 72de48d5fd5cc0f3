"""Define a label: what is true of a decided return, who said so and how late, and what it stands for."""

from dataclasses import dataclass
from datetime import datetime

from data.history import PriorOutcome
from serving.record.labels.label_rules import LabelKind
from serving.record.labels.label_source import Value
from serving.record.labels.truth import Certainty
from serving.record.returns.fact import FactOrigin


@dataclass(frozen=True)
class Otherwise:
    """What somebody said that contradicts a label."""

    label: Value
    origin: FactOrigin
    known_at: datetime


@dataclass(frozen=True)
class Word:
    """What counts of everything that was told of a return, and for what it stands.

    `words` counts everything that was told. `delay_days` is from the decision to when its truth became known,
    below 0 where a case was decided later than it was put. `propensity` is the chance that this origin has
    spoken of such a decision by now: of `stratum_decisions` it spoke of `stratum_labelled`. `weight` is for
    how many decisions the label stands if the labels of all origins are used together.
    """

    label: Value
    origin: FactOrigin
    certainty: Certainty
    words: int
    otherwise: tuple[Otherwise, ...]
    known_at: datetime
    recorded_at: datetime
    delay_days: float
    stratum_decisions: int
    stratum_labelled: int
    propensity: float
    is_drawn: bool
    is_floored: bool
    weight: float


@dataclass(frozen=True)
class Decided:
    """The decision that is labelled: when and by what it was taken, and what the system said then.

    `is_mature` says that no more is expected to be told, and never that a return was honest.
    """

    decided_at: datetime
    case_as_of: datetime
    age_days: float
    is_mature: bool
    is_last_decision: bool
    moment: str
    fraud_probability: float
    fraud_action: str
    grade: str | None
    disposition: str
    decided_by: str
    needs_person: bool
    stratum: str
    fraud_model: str
    fraud_model_sha256: str
    condition_model: str | None
    condition_model_sha256: str | None
    policy: str
    policy_sha256: str


@dataclass(frozen=True)
class Label:
    """One decision with one kind of thing that may be known of its return; nobody may have told it yet."""

    rma_id: str
    decision_id: str
    kind: LabelKind
    word: Word | None
    decided: Decided

    @property
    def outcome(self) -> PriorOutcome | None:
        """Return a label of fraud in the words that an earlier return's outcome is told by."""
        if self.kind is not LabelKind.FRAUD:
            return None
        if self.word is None:
            return PriorOutcome.UNKNOWN
        return PriorOutcome.FRAUD if self.word.label else PriorOutcome.HONEST
