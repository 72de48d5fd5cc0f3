"""Convert probabilities from the mix they were calibrated on to the mix of the devices that come back."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import field_validator

from data.defect import DefectKind
from data.versioned_file import VersionedFile, read_versioned
from serving.condition.criteria.log_odds import log_odds, probability_of

DEFAULT_PREVALENCE = Path(__file__).parent / "prevalence-1.yaml"
_EDGE = 1e-9


class Prevalence(VersionedFile):
    """The share of photographed sides that show each kind of damage, and where the figures come from.

    One share a kind, whatever its length. Long damage is rarer than short: by shares of its own, a piece that
    is measured longer would become less likely, and better a grade.
    """

    source: str
    share: dict[DefectKind, float]

    @field_validator("share")
    @classmethod
    def _inside(cls, share: dict[DefectKind, float]) -> dict[DefectKind, float]:
        wrong = [kind for kind, value in share.items() if not 0 < value < 1]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: a share must lie between 0 and 1, both left out")
        return share

    def shifted(self, kind: DefectKind, probability: float, base_rate: Mapping[DefectKind, float]) -> float:
        """Return a probability under this mix; unchanged where either mix lacks the kind.

        A larger probability always stays the larger one.
        """
        known = base_rate.get(kind)
        if known is None or kind not in self.share:
            return probability
        return probability_of(_odds(probability) + _odds(self.share[kind]) - _odds(known))


def read_prevalence(path: Path = DEFAULT_PREVALENCE) -> Prevalence:
    """Read a prevalence file; raises InvalidFile."""
    return read_versioned(path, Prevalence)


def _odds(probability: float) -> float:
    return log_odds(probability, edge=_EDGE)
