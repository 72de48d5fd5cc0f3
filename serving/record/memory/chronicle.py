"""Replay decisions and facts without a record, so that a case gets the memory that it had in service."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from data.case import ReturnCase
from data.memory.memory import Memory
from features.photo.likeness.likeness import Likeness
from serving.memory.past import Mark, PastDecision, PastFact
from serving.memory.recall import recall
from serving.memory.trait import PhotoTraits, Trait, traits_of
from serving.record.entry import case_document
from serving.record.memory.past_fact import TELLING, past_fact
from serving.record.memory.trait_marks import traits_of_fact
from serving.record.returns.fact import Fact, fact_values


@dataclass
class Chronicle:
    """Decisions and facts in the order in which they were kept, each told as it comes."""

    _decisions: dict[int, PastDecision] = field(default_factory=dict)
    _facts: list[PastFact] = field(default_factory=list)
    _marks: dict[Trait, list[Mark]] = field(default_factory=dict)
    _last: dict[str, Mark] = field(default_factory=dict)

    def recall(self, case: ReturnCase, photos: Sequence[PhotoTraits] = ()) -> Memory | None:
        """Return what was known of a case before anything later is told."""
        return recall(case, photos, self)

    def tell_decision(self, case: ReturnCase, photos: Sequence[PhotoTraits] = ()) -> None:
        """Add one decision."""
        number = len(self._decisions) + 1
        self._decisions[number] = PastDecision.of(case_document(case), photos)
        self._last[case.rma.rma_id] = mark = Mark(case.as_of, number)
        for trait in traits_of(case, photos):
            self._marks.setdefault(trait, []).append(mark)

    def tell_fact(self, rma_id: str, fact: Fact) -> None:
        """Add one fact of a return that was decided before."""
        last = self._last[rma_id]
        if fact.kind in TELLING:
            values = fact_values(fact)
            self._facts.append(past_fact(rma_id, len(self._facts) + 1, fact.learnt_at, values))
        mark = Mark(max(fact.learnt_at, last.known_at), last.decision)
        for trait in dict.fromkeys(traits_of_fact(fact)):
            marks = self._marks.setdefault(trait, [])
            if mark not in marks:
                marks.append(mark)

    def facts_of(self, rma_ids: Collection[str]) -> list[PastFact]:
        """Return the facts of these returns."""
        return [fact for fact in self._facts if fact.rma_id in rma_ids]

    def marks_of(self, most: Mapping[Trait, int], *, until: datetime) -> Mapping[Trait, Sequence[Mark]]:
        """Return every mark of the traits that was known by a moment: whoever asks takes the newest."""
        return {
            trait: [mark for mark in self._marks.get(trait, ()) if mark.known_at <= until] for trait in most
        }

    def prints_of(self, decisions: Collection[int]) -> dict[int, dict[int, Likeness]]:
        """Return the likenesses of the photos of some decisions, by decision and photo."""
        return {
            number: {photo.number: photo.likeness for photo in past.photos if photo.likeness}
            for number, past in self._decisions.items()
            if number in decisions
        }

    def decisions_of(self, decisions: Collection[int]) -> dict[int, PastDecision]:
        """Return some decisions."""
        return {number: self._decisions[number] for number in decisions}
