"""Define the answers of the review desk."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from data.decision import Disposition
from data.defect import Grade
from serving.record.desk.corrections import KeptCorrections
from serving.record.desk.desk_claims import Claim
from serving.record.desk.notes import Note
from serving.record.desk.opinions import Opinions
from serving.record.desk.purpose import DeskPurpose


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, allow_inf_nan=False, frozen=True)


class ClaimAnswer(_Answer):
    """Who works on a decision, and until when."""

    person: str
    at: datetime
    until: datetime


class ClaimStateAnswer(_Answer):
    """Who works on a decision now; nobody where `claim` is null."""

    decision_id: str
    purpose: DeskPurpose
    claim: ClaimAnswer | None


class NoteAnswer(_Answer):
    """One note; its text is empty once it was erased."""

    note_id: str
    at: datetime
    person: str
    text: str


class OpinionAnswer(_Answer):
    """One opinion."""

    opinion_id: str
    purpose: DeskPurpose
    at: datetime
    person: str
    grade: Grade | None
    is_fraud: bool | None
    disposition: Disposition | None
    reason_code: str | None
    text: str | None


class AgreementAnswer(_Answer):
    """Whether all opinions say the same; null where fewer than two speak of it."""

    grade: bool | None
    is_fraud: bool | None
    disposition: bool | None


class OpinionsAnswer(_Answer):
    """How many opinions there are, and those that may be shown: none while they would sway a second one."""

    count: int
    are_hidden: bool
    given: list[OpinionAnswer]
    agreement: AgreementAnswer | None


class CorrectionsAnswer(_Answer):
    """What somebody corrected, as it was sent; null once it was erased."""

    correction_id: str
    at: datetime
    person: str
    reason_code: str | None
    corrected: dict[str, Any] | None


class AuditAnswer(_Answer):
    """A blind audit that is done."""

    probability: float = Field(description="With which the decision was drawn.")
    done_at: datetime


class ReviewAnswer(_Answer):
    """What people did with a decision; `audit` is null for one that was not drawn or not judged yet."""

    claim: ClaimAnswer | None
    notes: list[NoteAnswer]
    opinions: OpinionsAnswer
    corrections: list[CorrectionsAnswer]
    audit: AuditAnswer | None


def claim_values(decision_id: str, purpose: DeskPurpose, claim: Claim | None) -> dict[str, Any]:
    """Return who works on a decision as JSON values."""
    shown = ClaimAnswer.model_validate(claim) if claim else None
    return ClaimStateAnswer(decision_id=decision_id, purpose=purpose, claim=shown).model_dump(mode="json")


def note_values(note: Note) -> dict[str, Any]:
    """Return a note as JSON values."""
    return NoteAnswer.model_validate(note).model_dump(mode="json")


def opinions_values(opinions: Opinions) -> dict[str, Any]:
    """Return opinions as JSON values, as far as they may be shown."""
    return OpinionsAnswer.model_validate(opinions).model_dump(mode="json")


def corrections_values(kept: KeptCorrections) -> dict[str, Any]:
    """Return corrections as JSON values."""
    return CorrectionsAnswer.model_validate(kept).model_dump(mode="json")
