"""Define what the photos of a return prove beside the condition: numbers printed in them, and suspicions."""

from dataclasses import dataclass
from enum import StrEnum

from data.condition import Box
from data.identity.comparison import Match


class NumberKind(StrEnum):
    """The kinds of number that a code in a photo may hold."""

    IMEI = "imei"
    SERIAL = "serial"
    TRACKING = "tracking"


class SuspicionKind(StrEnum):
    """What a photo may make suspicious; none of them decides alone."""

    ANOTHER_UNIT = "another_unit"
    TAKEN_BEFORE_ORDER = "taken_before_order"
    TAKEN_AFTER_VERIFICATION = "taken_after_verification"


@dataclass(frozen=True)
class PhotoNumber:
    """A number that was read in a photo, and what it says beside the one that was sold.

    photo: index from 0. symbology: the kind of code it was read from, as ISO names it. text: as printed.
    """

    photo: int
    kind: NumberKind
    text: str
    symbology: str
    box: Box
    match: Match
    why: str


@dataclass(frozen=True)
class Suspicion:
    """What is suspicious of a photo, by its index from 0, in words."""

    kind: SuspicionKind
    photo: int
    text: str


@dataclass(frozen=True)
class PhotoProof:
    """All that the photos of one return prove; codes that name nothing of it are not kept."""

    numbers: tuple[PhotoNumber, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
