"""Decide as a candidate would: by its policy, models or criteria pack, and else as it was decided live."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from data.case import ReturnCase
from data.condition import Condition
from data.decision import Decision
from data.device import View
from data.fraud import FraudScore
from serving.condition.given.given_photo import GivenPhoto
from serving.disposition.decide import DispositionChoice, choose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy
from serving.fraud.scorer import Scorer
from serving.judge import Grader
from serving.memory.heed import heed
from serving.memory.merge import with_memory
from serving.photo_proof.prove import heed_proof
from serving.record.entry import waits_for_somebody
from serving.record.shadows.shadow_log import CandidateIdentity, ShadowChoice

Regrading: TypeAlias = Callable[[Condition, ReturnCase], Condition]


@dataclass(frozen=True)
class SeenReturn:
    """One return as it was decided live: the case, the photos as they were judged, and how long it took."""

    case: ReturnCase
    decision: Decision
    photos: tuple[GivenPhoto, ...]
    views: tuple[View, ...] | None
    duration_s: float

    @property
    def size_bytes(self) -> int:
        """Return how much memory its photos take while it waits."""
        return sum(len(photo.body) for photo in self.photos)


@dataclass(frozen=True)
class Candidate:
    """What decides beside the live system.

    `grader`, `regrade` and `scorer` are None where a candidate sees, grades and scores as it was done live.
    """

    identity: CandidateIdentity
    policy: Policy
    grader: Grader | None = None
    regrade: Regrading | None = None
    scorer: Scorer | None = None

    def decide(self, seen: SeenReturn) -> ShadowChoice:
        """Decide one return; raises whatever models, packs and policies raise."""
        condition, memory = self._condition(seen), seen.decision.memory
        known = with_memory(seen.case, memory)
        fraud = self._fraud(seen, known, condition)
        choice = choose(Evidence(known, condition, fraud, memory), self.policy)
        return self._told(known, choice, condition, fraud)

    def _condition(self, seen: SeenReturn) -> Condition | None:
        condition, rma = seen.decision.condition, seen.case.rma
        if self.grader is not None and seen.photos:
            # Without what the live network saw in them.
            photos = [replace(photo, seen=None) for photo in seen.photos]
            examined = self.grader.examine(
                photos, device_class=rma.device_class, views=seen.views, sku=rma.sku
            )
            condition = examined.condition
        return condition if condition is None or self.regrade is None else self.regrade(condition, seen.case)

    def _fraud(self, seen: SeenReturn, known: ReturnCase, condition: Condition | None) -> FraudScore:
        if self.scorer is None:
            return seen.decision.fraud
        [fraud] = self.scorer.score([known], [condition])
        return heed_proof(heed(fraud, seen.decision.memory), known, seen.decision.photo_proof)

    def _told(
        self, case: ReturnCase, choice: DispositionChoice, condition: Condition | None, fraud: FraudScore
    ) -> ShadowChoice:
        grade = condition.grade if condition else None
        deciding = condition.deciding_grade if condition else None
        return ShadowChoice(
            disposition=choice.disposition,
            destination=choice.destination,
            decided_by=choice.decided_by,
            grade=grade.value if grade else None,
            fraud_probability=fraud.probability,
            fraud_action=fraud.action,
            needs_person=waits_for_somebody(choice.disposition, fraud.action, deciding),
            refund_amount=self.policy.amount(case.rma.value),
            expected_amount=choice.expected_values[0].amount if choice.expected_values else None,
        )
