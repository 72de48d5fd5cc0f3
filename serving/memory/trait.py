"""Name what two returns can share: a customer, an address, a payment, a device, a label, a photo."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.case import ReturnCase
from data.history import Link
from data.identity.comparison import Identity, keys_of
from data.identity.serial import SURE_LENGTH
from data.identity.spelling import plain_name
from data.memory.memory import SameBy
from data.scan import ScanEvent, known_labels
from data.verification import Verification
from features.photo.likeness.likeness import Likeness


class TraitKind(StrEnum):
    """The kinds of traits, each with its own way of being written."""

    CUSTOMER = "customer"
    ADDRESS = "address"
    PAYMENT = "payment"
    DEVICE = "device"
    LABEL = "label"
    PHOTO_AS_SENT = "photo_as_sent"
    PHOTO_PIXELS = "photo_pixels"
    PHOTO_ALIKE = "photo_alike"


LINKS = {
    TraitKind.CUSTOMER: Link.CUSTOMER,
    TraitKind.ADDRESS: Link.ADDRESS,
    TraitKind.PAYMENT: Link.PAYMENT,
    TraitKind.DEVICE: Link.DEVICE,
    TraitKind.LABEL: Link.LABEL,
}
SAME_BY = {TraitKind.PHOTO_AS_SENT: SameBy.AS_SENT, TraitKind.PHOTO_PIXELS: SameBy.PIXELS}


@dataclass(frozen=True)
class Trait:
    """One thing that two returns can share, spelled the one way; for a photo also which of them has it."""

    kind: TraitKind
    text: str


@dataclass(frozen=True)
class PhotoTraits:
    """What a photo is known again by: its hash as sent, that of its pixels, and its likeness.

    The last two are None where they were not taken.
    """

    number: int
    sha256: str
    pixels_sha256: str | None = None
    likeness: Likeness | None = None

    @property
    def traits(self) -> Iterator[Trait]:
        """Yield the photo's traits."""
        yield Trait(TraitKind.PHOTO_AS_SENT, self.sha256)
        if self.pixels_sha256:
            yield Trait(TraitKind.PHOTO_PIXELS, self.pixels_sha256)
        for mark in self.likeness.marks if self.likeness else ():
            yield Trait(TraitKind.PHOTO_ALIKE, mark)

    def hash_of(self, kind: TraitKind) -> str | None:
        """Return the hash that a trait of this kind is made of."""
        return self.sha256 if kind is TraitKind.PHOTO_AS_SENT else self.pixels_sha256


def traits_of(case: ReturnCase, photos: Sequence[PhotoTraits] = ()) -> tuple[Trait, ...]:
    """Return every trait of a case that is known by its `as_of`, each once."""
    rma, seen = case.as_known.rma, case.known_verification
    named = [
        (TraitKind.CUSTOMER, rma.customer_id),
        (TraitKind.ADDRESS, rma.address_id),
        (TraitKind.ADDRESS, rma.pickup_address_id),
        (TraitKind.PAYMENT, rma.payment_id),
    ]
    traits = [Trait(kind, plain_name(name)) for kind, name in named if name]
    traits += _devices(rma.identity)
    if seen is not None:
        traits += traits_of_verification(seen)
    traits += traits_of_scans(case.scans, case.as_of)
    return tuple(dict.fromkeys([*traits, *(trait for photo in photos for trait in photo.traits)]))


def traits_of_scans(scans: Iterable[ScanEvent], known_by: datetime) -> list[Trait]:
    """Return the labels that a parcel was seen with by a moment."""
    return [Trait(TraitKind.LABEL, label) for label in known_labels(scans, known_by)]


def traits_of_verification(found: Verification) -> list[Trait]:
    """Return the devices that the bench read."""
    return _devices(found.identity)


def _devices(identity: Identity) -> list[Trait]:
    # A shorter number says too little: many makers have a 0001.
    keys = sorted(key for key in keys_of(identity) if len(key) >= SURE_LENGTH)
    return [Trait(TraitKind.DEVICE, key) for key in keys]
