"""Find the photos of a return among those that other returns were decided by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.case import ReturnCase
from data.identity.spelling import plain_name
from data.memory.memory import SameBy, SamePhoto
from features.photo.likeness.likeness import agreements, is_one_picture
from serving.memory.past import Mark, Past, PastDecision
from serving.memory.trait import SAME_BY, PhotoTraits, Trait, TraitKind

_SUREST_FIRST = list(SameBy)


@dataclass(frozen=True)
class Alike:
    """A photo of a return and one of an earlier decision whose likenesses tell that they are one picture."""

    mark: Mark
    photo: int
    its_photo: int
    share: float


@dataclass(frozen=True)
class Reused:
    """A photo that another return was decided by, and the mark that led there."""

    same: SamePhoto
    mark: Mark


def find_alike(
    found: Mapping[Trait, Sequence[Mark]], photos: Sequence[PhotoTraits], past: Past
) -> list[Alike]:
    """Compare photos with those that are filed under one of their marks."""
    filed = {
        mark.decision: mark
        for trait, marks in found.items()
        if trait.kind is TraitKind.PHOTO_ALIKE
        for mark in marks
    }
    prints = past.prints_of([*filed]) if filed else {}
    kept = [
        (filed[decision], number, likeness)
        for decision, of_decision in sorted(prints.items())
        for number, likeness in sorted(of_decision.items(), key=lambda one: one[0])
    ]
    likenesses = [likeness for _, _, likeness in kept]
    pairs = (
        Alike(mark, photo.number, number, share)
        for photo in photos
        if photo.likeness and kept
        for (mark, number, _), share in zip(kept, agreements(photo.likeness, likenesses), strict=True)
    )
    return [pair for pair in pairs if is_one_picture(pair.share)]


def reused_photos(
    case: ReturnCase,
    photos: Sequence[PhotoTraits],
    found: Mapping[Trait, Sequence[Mark]],
    alike: Sequence[Alike],
    decisions: Mapping[int, PastDecision],
) -> list[Reused]:
    """Return which photos other returns were decided by: of each return once a photo, the surest way.

    The same return decided again, with the same photos or some of them, is no other return.
    """
    own = plain_name(case.rma.rma_id)
    named = [*_by_hash(photos, found, decisions), *_by_likeness(alike, decisions)]
    surest: dict[tuple[int, str], Reused] = {}
    for one in sorted(named, key=_sureness):
        if plain_name(one.same.rma_id) != own:
            surest.setdefault((one.same.photo, one.same.rma_id), one)
    return sorted(surest.values(), key=lambda one: (one.same.photo, one.same.rma_id))


def _sureness(one: Reused) -> tuple[int, float, int, int]:
    same = one.same
    return _SUREST_FIRST.index(same.by), -(same.agreement or 0.0), one.mark.decision, same.its_photo


def _by_hash(
    photos: Sequence[PhotoTraits],
    found: Mapping[Trait, Sequence[Mark]],
    decisions: Mapping[int, PastDecision],
) -> Iterator[Reused]:
    for photo in photos:
        for trait in photo.traits:
            for mark in found.get(trait, ()) if trait.kind in SAME_BY else ():
                past = decisions.get(mark.decision)
                for its in past.photos if past else ():
                    if past and its.hash_of(trait.kind) == trait.text:
                        same = SamePhoto(photo.number, past.rma_id, its.number, SAME_BY[trait.kind])
                        yield Reused(same, mark)


def _by_likeness(alike: Sequence[Alike], decisions: Mapping[int, PastDecision]) -> Iterator[Reused]:
    for pair in alike:
        past = decisions.get(pair.mark.decision)
        if past:
            share = round(pair.share, 4)
            yield Reused(
                SamePhoto(pair.photo, past.rma_id, pair.its_photo, SameBy.LIKENESS, share), pair.mark
            )
