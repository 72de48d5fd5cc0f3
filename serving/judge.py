"""Judge one return by models and policy alone: no record, no clock and no store of photos stands in between.

Whoever decides a return and whoever replays its decision later ask the same judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data.case import ReturnCase
from data.condition import ModelIdentity
from data.decision import Decision
from data.device import DeviceClass, View
from data.memory.memory import Memory
from serving.condition.given.given_photo import GivenPhoto
from serving.condition.model import Examination, OnRead
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy
from serving.fraud.scorer import Scorer
from serving.memory.heed import heed
from serving.memory.merge import with_memory
from serving.photo_proof.prove import heed_proof, prove


class Grader(Protocol):
    """The interface of what grades a device from its photos."""

    @property
    def identity(self) -> ModelIdentity:
        """Return which model answers."""

    @property
    def sight(self) -> str:
        """Return the hash of all that decides what is seen in a photo."""

    def examine(
        self,
        photos: Sequence[GivenPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
        on_read: OnRead | None = None,
    ) -> Examination:
        """Grade one device, whose SKU may tell its size, and keep the photos as they were read."""


@dataclass(frozen=True)
class Judge:
    """The models and the policy that decide a return; the same inputs always lead to the same decision."""

    grader: Grader
    scorer: Scorer
    policy: Policy

    def judge(
        self,
        case: ReturnCase,
        photos: Sequence[GivenPhoto],
        views: Sequence[View] | None,
        memory: Memory | None,
        *,
        decision_id: str,
        decided_at: datetime,
    ) -> Decision:
        """Decide one return from its case and photos; raises PhotoError, WrongPhotoCount or UnknownCurrency.

        `views` names what each photo was meant to show, in order; `memory` is what the record knew then.
        """
        evidence = self.weigh(case, self.examine(case, photos, views), memory)
        return self.conclude(evidence, decision_id=decision_id, decided_at=decided_at)

    def examine(
        self,
        case: ReturnCase,
        photos: Sequence[GivenPhoto],
        views: Sequence[View] | None,
        *,
        on_read: OnRead | None = None,
    ) -> Examination | None:
        """Look at the photos of a return; None without any. `on_read` gets them once they are decoded."""
        if not photos:
            return None
        rma = case.rma
        return self.grader.examine(
            photos, device_class=rma.device_class, views=views, sku=rma.sku, on_read=on_read
        )

    def weigh(
        self, case: ReturnCase, examination: Examination | None, memory: Memory | None = None
    ) -> Evidence:
        """Return what is known: the case as sent with what the record knew, condition, proof and score."""
        condition = examination.condition if examination else None
        known = with_memory(case, memory)
        [fraud] = self.scorer.score([known], [condition])
        proof = prove(known, examination.photos) if examination else None
        heeded = heed_proof(heed(fraud, memory), known, proof)
        return Evidence(known, condition, heeded, memory, proof)

    def conclude(self, evidence: Evidence, *, decision_id: str, decided_at: datetime) -> Decision:
        """Return the decision that the policy comes to; raises UnknownCurrency."""
        choice = dispose(evidence, self.policy)
        # Field by field, so that mypy notices when a choice and a decision no longer hold the same.
        return Decision(
            decision_id=decision_id,
            rma_id=evidence.case.rma.rma_id,
            decided_at=decided_at,
            disposition=choice.disposition,
            destination=choice.destination,
            decided_by=choice.decided_by,
            because=choice.because,
            gates=choice.gates,
            expected_values=choice.expected_values,
            runner_up=choice.runner_up,
            next_steps=choice.next_steps,
            customer_text=choice.customer_text,
            condition=evidence.condition,
            fraud=evidence.fraud,
            policy=self.policy.for_return(evidence.case.rma).identity,
            would_change=choice.would_change,
            own_currency=choice.own_currency,
            memory=evidence.memory,
            photo_proof=evidence.photo_proof,
        )
