"""Say what the photos of one return prove, and what follows from it; no photo decides alone."""

from collections.abc import Iterator, Sequence

from data.case import ReturnCase
from data.fraud import Action, FraudScore
from data.identity.comparison import Match, compare
from data.proof.proof import NumberKind, PhotoProof, Suspicion, SuspicionKind
from features.photo.photo import Photo
from serving.fraud.raised import raised, raised_by
from serving.photo_proof.capture import time_suspicions
from serving.photo_proof.numbers import FoundNumber, numbers_of
from serving.photo_proof.printed_codes import read_codes
from serving.wording import photo_name

PHOTO_PROOF = "photo_proof"
_SAID_AS = {NumberKind.IMEI: "IMEI", NumberKind.SERIAL: "serial"}
# Suspicions that a reason names at most; the proof of the decision names all.
_NAMED = 3


def prove(case: ReturnCase, photos: Sequence[Photo]) -> PhotoProof | None:
    """Return what upright photos prove of a return, in their order; None where that is nothing."""
    case = case.as_known
    found = numbers_of(case, read_codes(photos))
    suspicions = (*_other_units(case, found), *time_suspicions(case, photos))
    numbers = tuple(one.number for one in found)
    return PhotoProof(numbers, suspicions) if numbers or suspicions else None


def heed_proof(score: FraudScore, case: ReturnCase, proof: PhotoProof | None) -> FraudScore:
    """Return a score that asks for a review where photos name another unit and nobody read the device itself.

    When photos were taken is only told: how often a clock is wrong was not measured.
    """
    told = [one.text for one in proof.suspicions if one.kind is SuspicionKind.ANOTHER_UNIT] if proof else []
    if not told or _is_read_as_sold(case.as_known):
        return score
    more = f", and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    text = f"{'; '.join(told[:_NAMED])}{more} (asks for a review)"
    return raised(score, PHOTO_PROOF, text, Action.REVIEW, said_as="serial")


def proof_text(score: FraudScore) -> str:
    """Return what a score's reason says that photos prove, nothing where that moved nothing."""
    return raised_by(score, {PHOTO_PROOF})


def _other_units(case: ReturnCase, found: Sequence[FoundNumber]) -> Iterator[Suspicion]:
    """Yield the numbers of another unit, unless a code names the one that was sold: a label has several."""
    units = [one for one in found if one.number.kind in _SAID_AS]
    if any(one.number.match is Match.SAME for one in units):
        return
    for number in (one.number for one in units if one.is_another_unit):
        sold = _sold(case, number.kind)
        text = f"{photo_name(number.photo)} shows {_SAID_AS[number.kind]} {number.text} where {sold} was sold"
        yield Suspicion(SuspicionKind.ANOTHER_UNIT, number.photo, text)


def _sold(case: ReturnCase, kind: NumberKind) -> str:
    identity = case.rma.identity
    if kind is NumberKind.SERIAL:
        return identity.serial or ""
    return " or ".join(identity.imeis) or identity.serial or ""


def _is_read_as_sold(case: ReturnCase) -> bool:
    """Return whether a person read the number that was sold on the device itself."""
    bench = case.known_verification
    if bench is None:
        return False
    found = compare(case.rma.identity, bench.identity)
    return found.objection is None and (found.serial.passes or found.imei.passes)
