"""Define what messages say of returns and parcels until it is known which belong together."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from data.identity.comparison import Identity, key_of, keys_of
from data.inbound.set_aside import SetAsides
from data.rma import Rma
from data.scan import ScanEvent
from data.verification import Verification


class ReferenceKind(StrEnum):
    """What a number identifies, strongest first: the order in which scans look for their case."""

    RMA = "rma"
    TRACKING = "tracking"
    SHIPMENT = "shipment"
    SERIAL = "serial"


@dataclass(frozen=True)
class Reference:
    """A number that a case and a scan may share: without spaces and hyphens, in capitals, or a unit's key."""

    kind: ReferenceKind
    value: str

    @classmethod
    def of(cls, kind: ReferenceKind, value: str) -> "Reference":
        """Spell the number the one way in which both sides are compared."""
        if kind is ReferenceKind.SERIAL:
            return cls(kind, key_of(value))
        return cls(kind, re.sub(r"[\s-]", "", value).upper())


References = frozenset[Reference]


def unit_references(identity: Identity) -> References:
    """Return the numbers under which a device that was sold may have been read."""
    return frozenset(Reference(ReferenceKind.SERIAL, key) for key in keys_of(identity))


@dataclass(frozen=True)
class Origin:
    """The message that a draft was made of.

    `control` tells it from the sender's other messages; `number` is what it calls itself, which stands for
    the RMA number where it names none.
    """

    file: str
    where: str
    sender_id: str
    control: str
    purpose: str
    number: str
    names_rma: bool


@dataclass(frozen=True)
class CaseDraft:
    """An authorised return, when it became known, and the numbers by which its parcel can be found.

    `family` is the RMA number of the message: its units share parcel and scans.
    """

    rma: Rma
    family: str
    known_at: datetime
    references: References
    origin: Origin


@dataclass(frozen=True)
class ScanDraft:
    """What somebody saw of a parcel or unit, a scan or a verification, and the numbers it goes by."""

    seen: ScanEvent | Verification
    known_at: datetime
    references: References
    where: str


@dataclass
class Notes:
    """Collect what a reader assumed or left out, each once, with how often it happened and where first.

    `aside` holds what could not be read at all.
    """

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    aside: SetAsides = field(default_factory=SetAsides)

    def add(self, note: str, where: str = "") -> None:
        """Note something; the same words count up."""
        self.counts[note] = self.counts.get(note, 0) + 1
        self.first.setdefault(note, where)

    def lines(self) -> list[str]:
        """Return one line a note."""
        return [f"{note}{self._beside(note)}" for note in self.counts]

    def _beside(self, note: str) -> str:
        count, where = self.counts[note], self.first[note]
        if count == 1:
            return f", at {where}" if where else ""
        return f" ({count} times, first at {where})" if where else f" ({count} times)"


@dataclass(frozen=True)
class Reading:
    """All that was read, in order."""

    cases: tuple[CaseDraft, ...]
    scans: tuple[ScanDraft, ...]


def identifier(text: str) -> str:
    """Spell a number of another system as an identifier of ours, spaces as hyphens."""
    return re.sub(r"\s+", "-", text.strip())
