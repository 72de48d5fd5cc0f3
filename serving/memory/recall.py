"""Recall what was known of a return at the moment of its decision; the record and a replay both ask this."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from data.case import ReturnCase
from data.history import Link, PriorOutcome
from data.identity.spelling import plain_name
from data.memory.memory import KnownReturn, Memory, in_order
from serving.memory.bounds import Bounds, read_bounds
from serving.memory.merge import with_facts
from serving.memory.own_facts import own_facts
from serving.memory.past import Mark, Past, PastDecision, PastFact
from serving.memory.same_photos import Reused, find_alike, reused_photos
from serving.memory.trait import LINKS, PhotoTraits, Trait, TraitKind, traits_of

Found = Mapping[Trait, Sequence[Mark]]
Decisions = Mapping[int, PastDecision]
_ALIKE = {TraitKind.PHOTO_ALIKE}
_UNKNOWN: tuple[PriorOutcome, datetime | None] = (PriorOutcome.UNKNOWN, None)


@dataclass
class _Hit:
    """An earlier return while it is being found: by what, and the newest decision that tells of it."""

    newest: Mark
    links: set[Link] = field(default_factory=set)


def recall(
    case: ReturnCase, photos: Sequence[PhotoTraits], past: Past, bounds: Bounds | None = None
) -> Memory | None:
    """Return what the past adds to a case, None where that is nothing.

    Only what was known by the case's `as_of` is used. The same past gives the same memory, whoever holds it
    and however much more it brings in.
    """
    bounds = bounds or read_bounds()
    facts = [fact for fact in past.facts_of([case.rma.rma_id]) if fact.known_at <= case.as_of]
    scans, verification = own_facts(case, facts)
    asked = with_facts(case, scans, verification)
    found = _newest_marks(past, asked, photos, bounds)
    alike = find_alike(found, photos, past)
    decisions = past.decisions_of(_told_of(found) | {pair.mark.decision for pair in alike})
    reused = reused_photos(case, photos, found, alike, decisions)
    hits = _hits(case, found, reused, decisions)
    memory = Memory(
        returns=_known_returns(case, hits, decisions, past.facts_of([*hits]) if hits else ()),
        photos=tuple(one.same for one in reused),
        scans=scans,
        verification=verification,
        orders_count=_orders_count(case, hits, decisions),
        outcome=_outcomes(case, facts).get(case.rma.rma_id, _UNKNOWN)[0],
    )
    return memory if memory != Memory() else None


def _newest_marks(past: Past, case: ReturnCase, photos: Sequence[PhotoTraits], bounds: Bounds) -> Found:
    """Return the newest marks of each trait: no more than are bounded, however many there are."""
    traits = traits_of(case, photos)
    most = {trait: bounds.newest_alike if trait.kind in _ALIKE else bounds.newest for trait in traits}
    found = past.marks_of(most, until=case.as_of)
    return {trait: _newest(found.get(trait, ()), case, most[trait]) for trait in traits}


def _newest(marks: Iterable[Mark], case: ReturnCase, most: int) -> list[Mark]:
    known = [mark for mark in marks if mark.known_at <= case.as_of]
    return sorted(known, key=lambda mark: mark.place, reverse=True)[:most]


def _told_of(found: Found) -> set[int]:
    return {mark.decision for trait, marks in found.items() if trait.kind not in _ALIKE for mark in marks}


def _hits(case: ReturnCase, found: Found, reused: Sequence[Reused], decisions: Decisions) -> dict[str, _Hit]:
    """Return the other returns that share something with a case, by RMA number."""
    own, hits = plain_name(case.rma.rma_id), dict[str, _Hit]()
    for link, mark in _links(found, reused):
        past = decisions.get(mark.decision)
        if past is None or plain_name(past.rma_id) == own:
            continue
        hit = hits.setdefault(past.rma_id, _Hit(mark))
        hit.links.add(link)
        hit.newest = max(hit.newest, mark, key=lambda one: one.place)
    return dict(sorted(hits.items()))


def _links(found: Found, reused: Sequence[Reused]) -> Iterator[tuple[Link, Mark]]:
    for trait, marks in found.items():
        for mark in marks if trait.kind in LINKS else ():
            yield LINKS[trait.kind], mark
    for one in reused:
        yield Link.PHOTO, one.mark


def _known_returns(
    case: ReturnCase, hits: Mapping[str, _Hit], decisions: Decisions, facts: Iterable[PastFact]
) -> tuple[KnownReturn, ...]:
    outcomes = _outcomes(case, facts)
    told = {rma_id: decisions[hit.newest.decision] for rma_id, hit in hits.items()}
    first_of: dict[str, str] = {}
    for rma_id, past in told.items():
        if past.customer_id:
            first_of.setdefault(past.customer_id, rma_id)
    return tuple(
        KnownReturn(
            rma_id,
            in_order(hit.links),
            told[rma_id].requested_at,
            told[rma_id].value,
            first_of.get(told[rma_id].customer_id or ""),
            *outcomes.get(rma_id, _UNKNOWN),
        )
        for rma_id, hit in hits.items()
    )


def _outcomes(case: ReturnCase, facts: Iterable[PastFact]) -> dict[str, tuple[PriorOutcome, datetime]]:
    """Return how each return ended by what was known last, which corrects what was found before."""
    known = [fact for fact in facts if fact.outcome and fact.known_at <= case.as_of]
    known.sort(key=lambda fact: fact.place)
    return {fact.rma_id: (fact.outcome, fact.known_at) for fact in known if fact.outcome}


def _orders_count(case: ReturnCase, hits: Mapping[str, _Hit], decisions: Decisions) -> int | None:
    """Return how many orders of the customer are known, None where nothing is known of the customer."""
    own = [hit for hit in hits.values() if Link.CUSTOMER in hit.links]
    orders = {decisions[hit.newest.decision].order_id for hit in own}
    if not own:
        return None
    return len((orders | {plain_name(case.rma.order_id) if case.rma.order_id else None}) - {None})
