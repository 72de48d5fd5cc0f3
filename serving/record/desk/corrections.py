"""Correct what was seen on the photos of a decision: defects that are none, others, or were missed."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from sqlalchemy import Connection, select

from data.condition import MAX_PHOTOS
from data.defect import DefectKind, Severity
from data.device import DeviceClass, View
from data.strict import Frozen, Name, Number, Wholes
from serving.record.desk.desk_rules import ReasonCode
from serving.record.entry import Kept, canonical_json
from serving.record.errors import WrongAtDesk
from serving.record.moment import from_text
from serving.record.tables import CORRECTIONS

MAX_CORRECTIONS = 100
# More places than any photo has; which of them there are the decision says.
MAX_DEFECTS = 10_000
# What adding up two shares may be off by.
_ROUNDING = 1e-9
PhotoIndex = Annotated[
    int, Wholes(0, MAX_PHOTOS - 1), Field(description="The photo's index, as the decision has it.")
]
DefectIndex = Annotated[
    int,
    Wholes(0, MAX_DEFECTS - 1),
    Field(description="The place in the decision's condition.defects, from 0."),
]


class CorrectionAction(StrEnum):
    """What a correction does."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"


class PhotoBox(Frozen):
    """A rectangle in fractions of the upright photo, from its top left corner, within it."""

    left: Annotated[Number, Field(ge=0, lt=1)]
    top: Annotated[Number, Field(ge=0, lt=1)]
    width: Annotated[Number, Field(gt=0, le=1)]
    height: Annotated[Number, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _within_the_photo(self) -> Self:
        if max(self.left + self.width, self.top + self.height) > 1 + _ROUNDING:
            raise ValueError(
                "the box ends outside the photo; left + width and top + height are at most 1: draw it within"
            )
        return self


class AddedDefect(Frozen):
    """A defect that was missed."""

    action: Literal[CorrectionAction.ADD]
    photo: PhotoIndex
    kind: DefectKind
    box: PhotoBox
    severity: Severity | None = None


class RemovedDefect(Frozen):
    """A defect that is none."""

    action: Literal[CorrectionAction.REMOVE]
    defect: DefectIndex


class ChangedDefect(Frozen):
    """A defect of another kind, place or severity."""

    action: Literal[CorrectionAction.CHANGE]
    defect: DefectIndex
    kind: DefectKind | None = None
    box: PhotoBox | None = None
    severity: Severity | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if (self.kind, self.box, self.severity) == (None, None, None):
            raise ValueError("a change gives another kind, box or severity: add one, or remove the defect")
        return self


class CorrectedView(Frozen):
    """What a photo shows after all."""

    photo: PhotoIndex
    view: View


Correction = Annotated[AddedDefect | RemovedDefect | ChangedDefect, Field(discriminator="action")]


class CorrectionsRequest(Frozen):
    """What somebody corrects; the decision stays as it was."""

    person: Name
    corrections: Annotated[tuple[Correction, ...], Field(max_length=MAX_CORRECTIONS)] = ()
    device_class: DeviceClass | None = None
    views: Annotated[tuple[CorrectedView, ...], Field(max_length=MAX_PHOTOS)] = ()
    reason_code: ReasonCode | None = None

    @model_validator(mode="after")
    def _corrects_each_once(self) -> Self:
        if not (self.corrections or self.views or self.device_class):
            raise ValueError("nothing is corrected: give corrections, device_class or views")
        defects = [each.defect for each in self.corrections if not isinstance(each, AddedDefect)]
        photos = [each.photo for each in self.views]
        for what, indices in (("defect", defects), ("the view of photo", photos)):
            twice = [index for index, count in Counter(indices).items() if count > 1]
            if twice:
                raise ValueError(f"{what} {twice[0]} is corrected twice: say once what it is")
        return self


@dataclass(frozen=True)
class KeptCorrections:
    """Corrections as they were kept; `corrected` is None once they were erased."""

    correction_id: str
    at: datetime
    person: str
    reason_code: str | None
    corrected: dict[str, Any] | None


def require_there(request: CorrectionsRequest, kept: Kept) -> None:
    """Raise WrongAtDesk where a photo or defect that is corrected is none of the decision's."""
    photos = {photo.index for photo in kept.photos}
    defects = range(len(kept.decision.condition.defects) if kept.decision.condition else 0)
    added = {
        f"corrections.{place}.photo": each.photo
        for place, each in enumerate(request.corrections)
        if isinstance(each, AddedDefect)
    }
    views = {f"views.{place}.photo": each.photo for place, each in enumerate(request.views)}
    named = {
        f"corrections.{place}.defect": each.defect
        for place, each in enumerate(request.corrections)
        if not isinstance(each, AddedDefect)
    }
    for field, index in {**added, **views}.items():
        _require(field, index, photos, "photos")
    for field, index in named.items():
        _require(field, index, defects, "defects")


def corrected_text(request: CorrectionsRequest) -> str:
    """Return what is corrected as canonical JSON."""
    told = {"corrections", "device_class", "views"}
    return canonical_json(request.model_dump(mode="json", include=told, exclude_none=True))


def corrections_of(connection: Connection, decision_id: str) -> tuple[KeptCorrections, ...]:
    """Return the corrections of a decision in their order."""
    query = select(CORRECTIONS).where(CORRECTIONS.c.decision_id == decision_id).order_by(CORRECTIONS.c.number)
    return tuple(map(_kept, connection.execute(query)))


def _require(field: str, index: int, there: Iterable[int], what: str) -> None:
    indices = sorted(there)
    if index not in indices:
        told = f"it has {indices[0]} to {indices[-1]}" if indices else "it has none"
        raise WrongAtDesk(field, f"{index} is none of the decision's {what}; {told}")


def _kept(row: Any) -> KeptCorrections:
    corrected = json.loads(row.corrections) if row.corrections else None
    return KeptCorrections(row.correction_id, from_text(row.at), row.person, row.reason_code, corrected)
