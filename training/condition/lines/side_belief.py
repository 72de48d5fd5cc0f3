"""Choose on real photos how sure of another side the network must be to outweigh the one that was named."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from data.device import LARGE_SURFACES, Surface
from data.versioned_file import VersionedFile, read_versioned
from serving.condition.inference import Prediction
from serving.condition.requested_sides import SIDE_SURE_FROM, SeenSide, seen_side
from training.condition.labels.eye_labels import EyeLabel
from training.metrics.figure import Share

SIDE_BELIEF = Path(__file__).parent / "side-belief.yaml"
# As `side_of` tells them apart: no edge from another.
_SHOWN = {"front": Surface.FRONT, "back": Surface.BACK, "edge": Surface.UNKNOWN}
_OTHER_SIDE = {Surface.FRONT: Surface.BACK, Surface.BACK: Surface.FRONT}


class SideBeliefRules(VersionedFile):
    """The entries of side-belief.yaml, explained there."""

    refused_at_most: float = Field(ge=0, lt=1)
    photos_min: int = Field(ge=1)


@dataclass(frozen=True)
class SideAnswer:
    """Which side a photo shows, and what the network saw; None of a side that can't be compared."""

    shown: Surface
    seen: SeenSide | None

    @property
    def wrong_chance(self) -> float | None:
        """Return how sure the network was of another side than the photo shows; None where it saw none."""
        return self.seen.chance if self.seen and self.seen.side is not self.shown else None

    def is_refused(self, named: Surface, sure_from: float | None) -> bool:
        """Return whether the photo gate would refuse the photo if it were named so."""
        return self.seen is not None and self.seen.outweighs(named, sure_from)


@dataclass(frozen=True)
class SideBelief:
    """The least probability chosen, None of too few photos, with how photos of front and back do by it."""

    sure_from: float | None
    answers: tuple[SideAnswer, ...]

    @property
    def entry(self) -> dict[str, float]:
        """Return what a manifest states; nothing where nothing was chosen, and any other side counts."""
        return {} if self.sure_from is None else {SIDE_SURE_FROM: self.sure_from}

    @property
    def shares(self) -> dict[str, Share]:
        """Return by name what share named truly is believed, and what share named wrongly is refused."""
        shares = {}
        for side, other in _OTHER_SIDE.items():
            shown = _of_side(self.answers, side)
            believed = len(shown) - _refused(shown, side, self.sure_from)
            shares[f"{side} named {side} is believed, real"] = Share(believed, len(shown))
            refused = _refused(shown, other, self.sure_from)
            shares[f"{side} named {other} is refused, real"] = Share(refused, len(shown))
        return {name: share for name, share in shares.items() if share.n}

    def to_json(self) -> dict[str, Any]:
        """Return the choice and its shares as plain values."""
        shares = {name: share.to_json() for name, share in self.shares.items()}
        return {SIDE_SURE_FROM: self.sure_from, "photos": len(self.answers), "shares": shares}


@cache
def read_side_belief(path: Path = SIDE_BELIEF) -> SideBeliefRules:
    """Read the rules; raises InvalidFile."""
    return read_versioned(path, SideBeliefRules)


def side_answer(prediction: Prediction, label: EyeLabel | None) -> SideAnswer | None:
    """Return what the network saw of a side that was settled by eye; None of others, and without a device.

    A photo on which no device was found is refused for that, whatever its side.
    """
    shown = _SHOWN.get(label.side or "") if label else None
    return SideAnswer(shown, seen_side(prediction)) if shown and prediction.region else None


def choose_belief(answers: Iterable[SideAnswer | None], rules: SideBeliefRules | None = None) -> SideBelief:
    """Return the lowest probability that refuses few enough photos named truly: of all, fronts and backs."""
    rules = rules or read_side_belief()
    known = tuple(answer for answer in answers if answer)
    sides = [_of_side(known, side) for side in LARGE_SURFACES]
    if min(map(len, sides)) < rules.photos_min:
        return SideBelief(None, known)
    return SideBelief(max(lowest_sure(part, rules.refused_at_most) for part in (known, *sides)), known)


def lowest_sure(answers: Sequence[SideAnswer], refused_at_most: float) -> float:
    """Return the lowest probability from which at most a share of photos named truly is refused.

    0 where any other side may count, just above 1 where the network is never to be held against a name.
    """
    allowed = math.floor(refused_at_most * len(answers))
    chances = (answer.wrong_chance for answer in answers)
    wrong = sorted((chance for chance in chances if chance is not None), reverse=True)
    return math.nextafter(wrong[allowed], math.inf) if len(wrong) > allowed else 0.0


def _refused(answers: Sequence[SideAnswer], named: Surface, sure_from: float | None) -> int:
    return sum(answer.is_refused(named, sure_from) for answer in answers)


def _of_side(answers: Iterable[SideAnswer], side: Surface) -> list[SideAnswer]:
    return [answer for answer in answers if answer.shown is side]
