"""Take a return through condition, fraud score, disposition and record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data.case import ReturnCase, case_of
from data.condition import Condition, ModelIdentity
from data.decision import Decision
from data.device import DeviceClass, View
from serving.condition.model import Examination
from serving.condition.overlay.overlay import overlay_jpeg
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import Policy
from serving.fraud.scorer import ScoredReturn, Scorer, score_in_order
from serving.record.entry import Entry, Kept, fingerprint, trace_photo
from serving.record.override import OverrideRequest, override_of
from serving.record.record import Record
from serving.record.returns.fact import Fact
from serving.record.returns.returns import KeptFact

MAX_RETURNS = 1000


class Grader(Protocol):
    """The interface of what grades a device from its photos."""

    @property
    def identity(self) -> ModelIdentity:
        """Return which model answers."""

    def grade(
        self,
        photos: Sequence[bytes],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
    ) -> Condition:
        """Grade one device; its SKU may tell its size."""

    def examine(
        self,
        photos: Sequence[bytes],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
    ) -> Examination:
        """Grade one device and keep what a picture of the findings needs."""


@dataclass(frozen=True)
class SentPhoto:
    """One photo as it was sent: the file's name and its bytes."""

    name: str
    body: bytes


@dataclass(frozen=True)
class DecisionRequest:
    """The request for a decision: the case, its photos with their views, and a key."""

    case: ReturnCase
    photos: tuple[SentPhoto, ...] = ()
    views: tuple[View, ...] | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class DecisionResult:
    """A kept decision, and whether it was taken earlier under the same key."""

    kept: Kept
    is_replay: bool


@dataclass(frozen=True)
class Pipeline:
    """The one way from input to answers, which the command line and the service both call."""

    grader: Grader
    scorer: Scorer
    policy: Policy
    record: Record
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def grade(
        self,
        photos: Sequence[SentPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
        sku: str | None = None,
    ) -> Condition:
        """Grade one device from its photos; raises PhotoError or WrongPhotoCount."""
        bodies = [photo.body for photo in photos]
        return self.grader.grade(bodies, device_class=device_class, views=views, sku=sku)

    def draw(
        self,
        photos: Sequence[SentPhoto],
        *,
        device_class: DeviceClass | None = None,
        views: Sequence[View] | None = None,
    ) -> bytes:
        """Grade one device as `grade` does and return a JPEG of its photos with what was found on them."""
        bodies = [photo.body for photo in photos]
        return overlay_jpeg(self.grader.examine(bodies, device_class=device_class, views=views))

    def score(self, values: Sequence[object]) -> list[ScoredReturn]:
        """Score cases in order, parsed or as JSON bytes; a wrong one yields its error and stops no other."""
        return score_in_order(self.scorer, values, case_of)

    def decide(self, asked: DecisionRequest) -> DecisionResult:
        """Decide what happens to one return and keep it; the same key with the same content decides once.

        Raises PhotoError, WrongPhotoCount, UnknownCurrency or KeyReused; nothing is kept then. Raises
        UnusableRecord where it could not be kept or is not known to be: the same key then decides once.
        """
        traces = tuple(trace_photo(i, photo.name, photo.body) for i, photo in enumerate(asked.photos))
        print_ = fingerprint(asked.case, traces, asked.views)
        earlier = self.record.before_deciding(asked.idempotency_key, print_)
        if earlier is not None:
            return DecisionResult(earlier, is_replay=True)
        decision = self._decision(self._weigh(asked))
        entry = Entry(
            decision=decision,
            case=asked.case,
            photos=traces,
            fingerprint=print_,
            idempotency_key=asked.idempotency_key,
            refund_amount=self.policy.amount(asked.case.rma.value),
            currency=self.policy.currency,
        )
        kept = self.record.append(entry)
        return DecisionResult(kept, is_replay=kept.decision.decision_id != decision.decision_id)

    def override(self, decision_id: str, request: OverrideRequest) -> Kept:
        """Keep a person's other choice; raises UnknownDecision, OverrideRefused or UnusableRecord."""
        with self.record.database.in_time():
            kept = self.record.get(decision_id)
            return self.record.override(decision_id, override_of(request, kept, self.policy, self.clock()))

    def add_facts(self, rma_id: str, facts: Sequence[Fact]) -> list[KeptFact]:
        """Keep what became known of a return; raises UnknownReturn."""
        return self.record.returns.add_facts(rma_id, facts, self.clock())

    def _weigh(self, asked: DecisionRequest) -> Evidence:
        condition = None
        if asked.photos:
            rma = asked.case.rma
            condition = self.grade(
                asked.photos, device_class=rma.device_class, views=asked.views, sku=rma.sku
            )
        [fraud] = self.scorer.score([asked.case], [condition])
        return Evidence(asked.case, condition, fraud)

    def _decision(self, evidence: Evidence) -> Decision:
        choice = dispose(evidence, self.policy)
        # Field by field, so that mypy notices when a choice and a decision no longer hold the same.
        return Decision(
            decision_id=self.new_id(),
            rma_id=evidence.case.rma.rma_id,
            decided_at=self.clock(),
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
            policy=self.policy.identity,
        )
