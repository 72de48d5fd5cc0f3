"""Say how far two looks at the same photos agree, beyond what chance would make them."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import cohen_kappa_score

from data.condition import Box
from data.defect import DefectKind
from training.condition.labels.eye_labels import FIRST, SECOND, THIRD, Look, Outline
from training.condition.measure.place_match import box_overlap

Looks = Mapping[str, Mapping[str, Look]]
Pair = tuple[Hashable, Hashable]


@dataclass(frozen=True)
class Agreement:
    """How two looks at n photos agree in one thing: the share of equal answers, and Cohen's kappa.

    `decided` and `decided_kappa` are over the photos where both could tell.
    """

    name: str
    n: int
    equal: float
    kappa: float
    decided: int
    decided_kappa: float

    @classmethod
    def of(cls, name: str, pairs: Sequence[Pair]) -> "Agreement":
        """Count the pairs; None stands for what could not be told."""
        told = [pair for pair in pairs if None not in pair]
        equal = sum(one == other for one, other in pairs) / max(len(pairs), 1)
        return cls(name, len(pairs), equal, cohen_kappa(pairs), len(told), cohen_kappa(told))

    def __str__(self) -> str:
        return (
            f"{self.name:<16} equal on {self.equal:6.1%} of {self.n:,}, kappa {self.kappa:.2f}; "
            f"where both could tell kappa {self.decided_kappa:.2f} of {self.decided:,}"
        )


def cohen_kappa(pairs: Sequence[Pair]) -> float:
    """Return the agreement beyond chance of Cohen (1960); NaN where chance alone would agree on all."""
    ones, others = ([str(pair[side]) for pair in pairs] for side in (0, 1))
    return float(cohen_kappa_score(ones, others)) if len({*ones, *others}) > 1 else float("nan")


def agreements(looks: Looks) -> Iterator[Agreement]:
    """Yield how the two passes agree in class, side and each kind."""
    both = [(rounds[FIRST], rounds[SECOND]) for rounds in looks.values()]
    asked: dict[str, Callable[[Look], Hashable]] = {
        "class": lambda look: look.device_class,
        "side": lambda look: look.side,
        "held": lambda look: look.held,
        "lit": lambda look: look.lit,
        **{kind: _answer_about(kind) for kind in DefectKind},
    }
    for name, answer in asked.items():
        yield Agreement.of(name, [(answer(one), answer(other)) for one, other in both])


def outline_overlaps(looks: Looks) -> list[float]:
    """Return intersection over union of the boxes round both outlines, of every photo with two."""
    drawn = ((rounds[FIRST].outline, rounds[SECOND].outline) for rounds in looks.values())
    return [
        box_overlap(_box_around(one), _box_around(other))
        for one, other in drawn
        if one is not None and other is not None
    ]


def third_looks(looks: Looks) -> int:
    """Return how many photos were looked at a third time."""
    return sum(THIRD in rounds for rounds in looks.values())


def _answer_about(kind: DefectKind) -> Callable[[Look], Hashable]:
    return lambda look: look.kinds[kind]


def _box_around(outline: Outline) -> Box:
    (left, top), (width, height) = outline.min(axis=0), np.ptp(outline, axis=0)
    return Box(float(left), float(top), float(width), float(height))
