"""Carry raw scores of the trees, and what they are made of, into log odds of the calibrated probability.

The calibration is a line for each moment, log odds = slope * raw + offset, so that a contribution to the raw
score counts slope times as much in the answer: exactly, and never with another sign, for no slope is below 0.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.fraud import Moment
from serving.release import BrokenRelease, Release, read_golden

TOLERANCE = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """The slope and the offset of each moment, in the order of Moment."""

    slopes: Floats
    offsets: Floats

    @classmethod
    def of(cls, release: Release) -> Self:
        """Read what a manifest says of the calibration inside its graph.

        Raises BrokenRelease unless it has a rising line for each moment, and answers the golden rows alike.
        """
        told = release.manifest["calibration"]
        found = cls(*(np.array(told[name], dtype=np.float64) for name in ("slopes", "offsets")))
        if found.slopes.shape != (len(Moment),) or not (found.slopes > 0.0).all():
            raise BrokenRelease(
                f"fraud {release.version}: calibration.slopes {told['slopes']} must be above 0 for each of "
                f"{', '.join(Moment)}; restore the release"
            )
        found._require_golden(release)
        return found

    def log_odds(self, raw: NDArray[np.floating], moments: NDArray[np.intp]) -> Floats:
        """Return (n,) log odds of (n,) raw scores at their moments."""
        return np.asarray(self.slopes[moments] * raw + self.offsets[moments])

    def _require_golden(self, release: Release) -> None:
        golden = read_golden(release)
        moments = golden["input_features"][:, 0].astype(np.intp)
        found = probability_of(self.log_odds(golden["output_raw"][:, 0].astype(np.float64), moments))
        difference = float(np.abs(found - golden["output_probability"][:, 0]).max(initial=0.0))
        if not difference <= TOLERANCE:
            raise BrokenRelease(
                f"fraud {release.version}: by the calibration of its manifest the golden probabilities are "
                f"{difference:.3g} off, allowed {TOLERANCE:.0e}; restore the release"
            )


def probability_of(log_odds: Floats) -> Floats:
    """Return the probabilities of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
