"""Read how outcomes become labels: which origin outweighs which, and what their labels stand for."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from data.strict import Frozen
from data.versioned_file import Fault, Faults, VersionedFile, read_versioned
from serving.record.returns.fact import FactOrigin

DEFAULT_RULES = Path(__file__).with_name("labels-1.yaml")


class LabelKind(StrEnum):
    """What a label says."""

    FRAUD = "fraud"
    GRADE = "grade"


class Picks(StrEnum):
    """How an origin comes to speak of a return; the file explains each."""

    AT_RANDOM = "at_random"
    BY_DECISION = "by_decision"
    BY_TRUTH = "by_truth"
    NOT_KNOWN = "not_known"


class Maturity(Frozen):
    """The age from which on most of what would be told of a return has been, and where that is from."""

    value: float = Field(gt=0, le=3650)
    unit: Literal["days"]
    source: str = Field(min_length=3)

    @property
    def age(self) -> timedelta:
        """Return the age."""
        return timedelta(days=self.value)


class OriginRule(Frozen):
    """How an origin picks the returns of which it speaks, and whether it looked at device or evidence."""

    picks: Picks
    has_looked: bool

    @property
    def stands_for_others(self) -> bool:
        """Return whether its labels stand for returns of which nobody spoke."""
        return self.picks in {Picks.AT_RANDOM, Picks.BY_DECISION}


class Smoothing(Frozen):
    """How many average decisions are added to a stratum."""

    value: float = Field(ge=0, le=1_000_000)
    unit: Literal["decisions"]
    source: str = Field(min_length=3)


class Floor(Frozen):
    """The least chance that a label is weighted by."""

    value: float = Field(gt=0, le=1)
    unit: Literal["probability"]
    source: str = Field(min_length=3)


class LabelRules(VersionedFile):
    """The rules of labels-1.yaml, explained there."""

    mature_after: dict[LabelKind, Maturity]
    origins: dict[FactOrigin, OriginRule]
    smoothing: Smoothing
    floor: Floor

    @model_validator(mode="after")
    def _nothing_is_left_out(self) -> "LabelRules":
        lacking = {
            "mature_after": [kind.value for kind in LabelKind if kind not in self.mature_after],
            "origins": [origin.value for origin in FactOrigin if origin not in self.origins],
        }
        faults = [
            Fault((place,), f"{place}: it lacks {', '.join(names)}; add them, labels-1.yaml shows how")
            for place, names in lacking.items()
            if names
        ]
        if faults:
            raise Faults(faults)
        return self


def read_label_rules(path: Path | None = None) -> LabelRules:
    """Read the rules that ship, or those of an operator; raises InvalidFile."""
    return read_versioned(path or DEFAULT_RULES, LabelRules)
