"""Define every answer as the contract has it: snake_case, enums as their values, null for unknown, no NaN."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter, field_validator

from data.case import InvalidCase
from data.condition import Condition, ModelIdentity, PhotoFinding
from data.decision import (
    Decision,
    Destination,
    Disposition,
    ExpectedValue,
    Gate,
    OwnCurrency,
    PolicyIdentity,
    WouldChange,
)
from data.device import View
from data.fraud import FraudScore
from data.history import Link, PriorOutcome
from data.memory.memory import Memory, SamePhoto
from data.proof.proof import PhotoProof
from data.strict import writable
from serving.certificate.certificate import Certificate
from serving.fraud.scorer import ScoredReturn
from serving.http.desk_answers import ReviewAnswer
from serving.http.fraud_answers import FraudOfDecision, fraud_values
from serving.http.problems import case_problem
from serving.pipeline import UploadResult
from serving.record.desk.desk import Reviewed
from serving.record.entry import Kept
from serving.record.returns.fact import FactKind
from serving.record.returns.story import Story

CONDITION = TypeAdapter(Condition)
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
# Parts of a decision that came later; left out where they hold nothing.
LATER = ("memory", "photo_proof")
MAX_RMA_ID = 64
# What the errors of one answer may hold; each stands there twice, in its list and in the detail.
ERROR_CHARACTERS = 250_000


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, allow_inf_nan=False, frozen=True)


class GradeAnswer(RootModel[Condition]):
    """The condition of one device from its photos."""


class UploadAnswer(_Answer):
    """A photo that was sent ahead: its id, until when it is kept, and what it shows by itself."""

    photo_id: str
    expires_at: datetime
    photo: PhotoFinding


class CertificateAnswer(RootModel[Certificate]):
    """The condition of one device as one decision found it."""


class ScoresAnswer(_Answer):
    """What /v1/fraud/score answers; an item that could not be scored is {rma_id, error}."""

    scores: list[dict[str, Any]]
    model: ModelIdentity


class OverrideAnswer(_Answer):
    """One override by a person."""

    at: datetime
    person: str
    second_person: str | None
    reason: str
    disposition: Disposition
    destination: Destination
    reason_code: str | None


class RememberedAnswer(_Answer):
    """The earlier returns that share one thing with this one, and how many of them were known to be fraud."""

    link: Link
    count: int
    known_frauds: int
    rma_ids: list[str]


class MemoryAnswer(_Answer):
    """What our own record knew of a return beside what was sent."""

    returns: list[RememberedAnswer]
    photos: list[SamePhoto] = Field(description="Photos that other returns were decided by; counted from 0.")
    added_scans: int = Field(description="Scans that had reached the record and were not sent.")
    added_verification: bool
    outcome: PriorOutcome = Field(description="How this return was found to end after an earlier decision.")

    @classmethod
    def of(cls, memory: Memory) -> Self:
        """Show what was known: of which kind, of how many returns, and of which."""
        by_link = {link: [one for one in memory.returns if link in one.links] for link in Link}
        return cls(
            returns=[
                RememberedAnswer(
                    link=link,
                    count=len(known),
                    known_frauds=sum(one.outcome is PriorOutcome.FRAUD for one in known),
                    rma_ids=[one.rma_id for one in known],
                )
                for link, known in by_link.items()
                if known
            ],
            photos=list(memory.photos),
            added_scans=len(memory.scans),
            added_verification=memory.verification is not None,
            outcome=memory.outcome,
        )


class _DecisionFields(_Answer):
    decision_id: str
    rma_id: str
    decided_at: datetime
    disposition: Disposition
    destination: Destination
    decided_by: str
    because: str
    gates: list[Gate]
    expected_values: list[ExpectedValue]
    runner_up: ExpectedValue | None
    next_steps: list[str]
    customer_text: str
    condition: Condition | None
    fraud: FraudOfDecision
    policy: PolicyIdentity
    would_change: list[WouldChange]
    own_currency: OwnCurrency | None
    memory: MemoryAnswer | None = Field(
        None, description="What our own record knew of the return; left out if nothing."
    )

    photo_proof: PhotoProof | None = Field(
        None,
        description="Numbers of this return that were read in its photos, and what is suspicious of them; "
        "left out if nothing.",
    )

    @field_validator("memory", mode="before")
    @classmethod
    def _shown(cls, memory: Any) -> Any:
        return MemoryAnswer.of(memory) if isinstance(memory, Memory) else memory


class DecisionAnswer(_DecisionFields):
    """One decision with everything that made it, and notes on what was sent."""

    notes: list[str] = Field([], description="What was sent twice and counts once; left out if empty.")


class ReturnAnswer(_Answer):
    """One return from its first decision on; an entry has its kind, its place in the chain and its author."""

    rma_id: str
    current: dict[str, Any]
    decisions: int
    entries: list[dict[str, Any]]
    entries_left_out: int


class FactAnswer(_Answer):
    """One fact as it is kept, and whether it was not there before."""

    fact_id: str
    kind: FactKind
    is_new: bool


class FactsAnswer(_Answer):
    """The facts that were sent for one return, in order."""

    rma_id: str
    facts: list[FactAnswer]


class KeptPhotoAnswer(_Answer):
    """What lies in the store of one photo, and what was read of it beside its pixels."""

    sha256: str
    media_type: str
    size_bytes: int
    pixels_sha256: str = Field(description="Of shape, kind and bytes of the upright pixels that were judged.")
    width_px: int
    height_px: int
    orientation: int = Field(description="How EXIF or XMP turned it.")
    is_damaged: bool
    is_rewritten: bool = Field(description="A PNG of the pixels stands for what could not be kept as sent.")
    taken_at: str | None = Field(
        None, description="When EXIF says that it was taken, local time where it tells no offset."
    )


class PhotoAnswer(_Answer):
    """Which photo was judged; `kept` is null in decisions of before photos were kept.

    `asked_view` is what the caller said that it shows, null where nothing was said.
    """

    index: int
    name: str
    size_bytes: int
    sha256: str
    kept: KeptPhotoAnswer | None = None
    asked_view: View | None = None


class KeptAnswer(_DecisionFields):
    """One decision as the record has it; `current` is what holds now, after any override."""

    sequence: int
    sha256: str
    configuration_sha256: str | None = Field(
        description="Of files, code, libraries and processor that decided. Null before that was kept."
    )
    photos: list[PhotoAnswer]
    overrides: list[OverrideAnswer]
    current: dict[str, str]
    review: ReviewAnswer

    @classmethod
    def of(cls, kept: Kept, reviewed: Reviewed) -> Self:
        """Show one kept decision, and what people did with it."""
        latest = kept.overrides[-1] if kept.overrides else kept.decision
        return cls.model_validate(
            {
                **vars(kept.decision),
                "sequence": kept.sequence,
                "sha256": kept.sha256,
                "configuration_sha256": kept.configuration_sha256,
                "photos": list(kept.photos),
                "overrides": list(kept.overrides),
                "current": {"disposition": latest.disposition, "destination": latest.destination},
                "review": ReviewAnswer.model_validate(reviewed),
            }
        )


class BlindAnswer(_Answer):
    """What whoever judges a decision blind may know: what was asked, and neither findings nor decision."""

    decision_id: str
    rma_id: str
    decided_at: datetime
    case: dict[str, Any]
    photos: list[PhotoAnswer]


def condition_values(condition: Condition) -> dict[str, Any]:
    """Return a condition as JSON values."""
    values: dict[str, Any] = CONDITION.dump_python(condition, mode="json")
    return values


def upload_values(result: UploadResult) -> dict[str, Any]:
    """Return a photo that was sent ahead as JSON values, its block as in the answer of a grade."""
    answer = UploadAnswer(
        photo_id=result.upload.photo_id, expires_at=result.upload.expires_at, photo=result.finding
    )
    return answer.model_dump(mode="json")


def scores_values(values: Sequence[Any], scores: Sequence[ScoredReturn]) -> list[dict[str, Any]]:
    """Return the scores of a request as JSON values; the more cases are wrong, the less is said of each."""
    wrong = sum(isinstance(one.score, InvalidCase) for one in scores)
    share = ERROR_CHARACTERS // max(wrong, 1)
    return [
        score_values(value, one.score, one.notes, share) for value, one in zip(values, scores, strict=True)
    ]


def score_values(
    value: Any,
    score: FraudScore | InvalidCase,
    notes: Sequence[str] = (),
    most_characters: int | None = None,
) -> dict[str, Any]:
    """Return one score as JSON values, with the notes on its case if there are any.

    A wrong case has its problem instead, of which `most_characters` bounds what is said.
    """
    if isinstance(score, FraudScore):
        return fraud_values(score) | _noted(notes)
    return {"rma_id": _rma_id(value), "error": case_problem(score, most_characters).document()}


def decision_values(decision: Decision, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return a decision as JSON values, with the notes on its case if there are any."""
    values = DecisionAnswer.model_validate(decision).model_dump(mode="json", exclude={"notes"})
    return _without_nothing(values) | _noted(notes)


def kept_values(kept: Kept, reviewed: Reviewed) -> dict[str, Any]:
    """Return a decision as the record has it, with what people did with it, as JSON values."""
    return _without_nothing(KeptAnswer.of(kept, reviewed).model_dump(mode="json"))


def blind_values(kept: Kept) -> dict[str, Any]:
    """Return what may be known of a decision by whoever judges it blind, as JSON values."""
    decision = kept.decision
    answer = BlindAnswer(
        decision_id=decision.decision_id,
        rma_id=decision.rma_id,
        decided_at=decision.decided_at,
        case=kept.case,
        photos=[PhotoAnswer.model_validate(photo) for photo in kept.photos],
    )
    return answer.model_dump(mode="json")


def story_values(story: Story) -> dict[str, Any]:
    """Return the story of one return as JSON values, what happened beside when and by whom."""
    entries = [
        {name: value for name, value in vars(entry).items() if name != "values"} | entry.values
        for entry in story.entries
    ]
    return ReturnAnswer.model_validate({**vars(story), "entries": entries}).model_dump(mode="json")


def json_text(values: Any) -> str:
    """Write JSON values as text; raises ValueError for NaN, which pydantic's own writer hides as null.

    Half a character, which no answer can carry, is spelled out: whatever was accepted can be answered.
    """
    text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return HALF_CHARACTER.sub(lambda half: f"\\\\u{ord(half[0]):04x}", text)
    return text


def _without_nothing(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what came later where it says nothing, so that such a decision is answered as before."""
    return {name: value for name, value in values.items() if name not in LATER or value is not None}


def _noted(notes: Sequence[str]) -> dict[str, Any]:
    return {"notes": list(notes)} if notes else {}


def _rma_id(value: Any) -> str | None:
    rma = value.get("rma") if isinstance(value, dict) else None
    rma_id = rma.get("rma_id") if isinstance(rma, dict) else None
    return writable(rma_id)[:MAX_RMA_ID] if isinstance(rma_id, str) else None
