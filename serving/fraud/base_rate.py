"""Move calibrated probabilities to an operator's own share of fraud: one offset on their log odds.

A model is calibrated for the share of fraud among the returns that it learnt from. Where another share is
true and fraud looks the same, the odds of every return change by one factor: that of the odds of the shares.
"""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from serving.release import BrokenRelease, Release

LEAST_RATE, MOST_RATE = 0.0005, 0.5


@dataclass(frozen=True)
class BaseRateShift:
    """What is added to the log odds of every calibrated probability; 0 changes no bit."""

    log_odds: float = 0.0

    @classmethod
    def of(cls, release: Release, base_rate: float | None) -> Self:
        """Return the shift from the share that a release was calibrated for to another; none for None.

        Raises BrokenRelease if the release does not say for which share it was calibrated.
        """
        if base_rate is None:
            return cls()
        learnt = learnt_rate(release.manifest)
        if learnt is None:
            raise BrokenRelease(
                f"{release.name} {release.version} does not say for which share of fraud it was calibrated "
                f"(training.prevalence of its manifest), so that base_rate {base_rate} of the fraud policy "
                "can't be reached from there: take base_rate out of the policy, or train the model again"
            )
        return cls.between(learnt, base_rate)

    @classmethod
    def between(cls, learnt: float, true: float) -> Self:
        """Return the shift from one share of fraud, above 0 and below 1, to another."""
        return cls(_log_odds(true) - _log_odds(learnt))

    def apply(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probabilities with the shift: 0 stays 0, 1 stays 1, and NaN stays NaN."""
        if self.log_odds == 0.0:
            return probabilities
        given = probabilities.astype(np.float64)
        raised = given * math.exp(self.log_odds)
        return np.asarray(raised / (1.0 - given + raised), dtype=np.float32)


def learnt_rate(manifest: dict[str, Any]) -> float | None:
    """Return the share of fraud that a release was calibrated for, None where its manifest does not say.

    Releases of a simulated world say it among the settings of their world.
    """
    training = manifest.get("training", {})
    stated = training.get("prevalence", training.get("settings", {}).get("prevalence"))
    is_share = isinstance(stated, float) and 0.0 < stated < 1.0
    return stated if is_share else None


def _log_odds(share: float) -> float:
    return math.log(share / (1.0 - share))
