"""Define which world is simulated."""

from dataclasses import dataclass
from datetime import date

from data.fraud import Typology

MAX_RETURNS = 20_000_000


class InvalidWorld(ValueError):
    """Options of a world that are out of range; the message says what is allowed."""


@dataclass(frozen=True)
class WorldSettings:
    """The options of one world; the same settings give the same bytes.

    drift: how far the mix of fraud moves towards fake tracking over the year, 0 not at all, 1 as in the
    figures. label_noise: multiplies missed and false confirmations, 0 to 2. withheld: a typology that
    does not occur, or None. carriers: the name of a carrier set in figures.yaml.
    """

    seed: int = 7
    returns: int = 120_000
    prevalence: float = 0.055
    drift: float = 1.0
    withheld: Typology | None = None
    carriers: str = "north_america"
    label_noise: float = 1.0
    start: date = date(2025, 1, 1)
    days: int = 365

    def __post_init__(self) -> None:
        if self.withheld is Typology.LABEL_REUSE:
            raise InvalidWorld(
                "withheld label_reuse: this world draws no such kind, only its trace; withhold double_refund"
            )
        _require("returns", self.returns, 1, MAX_RETURNS)
        _require("prevalence", self.prevalence, 0.001, 0.5)
        _require("drift", self.drift, 0, 3)
        _require("label_noise", self.label_noise, 0, 2)
        _require("days", self.days, 7, 3650)
        _require("seed", self.seed, 0, 2**63 - 1)


def _require(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidWorld(f"{name} {value} is out of range; give {low} to {high}")
