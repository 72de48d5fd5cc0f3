"""Define RFC 9457 problem documents: what was given, what is allowed, what to do."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from data.case import MAX_CASE_BYTES, InvalidCase
from data.first_errors import excerpt, first_lines
from features.photo.photo import PhotoError
from serving.certificate.certificate import NothingToCertify
from serving.disposition.policy import UnknownCurrency
from serving.record.database.patience import read_patience
from serving.record.errors import (
    Claimed,
    DamagedRecord,
    ErasedDecision,
    KeyReused,
    NothingToAudit,
    OpinionGiven,
    UnknownDecision,
    UnknownReturn,
    UnusableRecord,
    WrongAtDesk,
)
from serving.record.override import OverrideRefused
from serving.record.photo_store.sent_photo import MixedClasses
from serving.record.photo_store.store_error import (
    DamagedPhoto,
    ErasedPhoto,
    ExpiredUpload,
    MissingPhoto,
    PhotoStoreError,
    UnknownPhoto,
    UnusablePhotoStore,
    UploadGone,
)
from serving.wording import photo_name

LOGGER = logging.getLogger("regrade")
MEDIA_TYPE = "application/problem+json"
# A detail that repeats errors ends after these; `errors` goes on.
DETAIL_CHARACTERS = 2_000
# Whatever else a detail quotes of a request ends here.
MOST_DETAIL_CHARACTERS = 4_000
FILE_CHARACTERS = 100


class ProblemKind(Enum):
    """Every kind of problem the service answers with: its name in `type`, its status and its title."""

    UNREADABLE_PHOTO = ("unreadable-photo", 422, "A photo can't be used")
    WRONG_PHOTO_COUNT = ("wrong-photo-count", 422, "The number of photos or views is wrong")
    NOT_A_FILE = ("not-a-file", 422, "Photos must be sent as files")
    WRONG_FIELD = ("wrong-field", 422, "A field is unknown, missing or wrong")
    UNKNOWN_PHOTO_ID = ("unknown-photo-id", 422, "There is no photo under this id")
    PHOTO_ID_GONE = ("photo-id-gone", 410, "The photo under this id is gone")
    INVALID_CASE = ("invalid-case", 422, "The case is not valid")
    KEY_REUSED = ("idempotency-key-reused", 422, "The idempotency key belongs to another request")
    NOTHING_TO_CERTIFY = ("nothing-to-certify", 409, "There is no condition to certify")
    OVERRIDE_REFUSED = ("override-refused", 409, "This override is not possible")
    CLAIMED = ("claimed", 409, "Somebody else works on this decision")
    OPINION_GIVEN = ("opinion-given", 409, "This person has given an opinion before")
    NOTHING_TO_AUDIT = ("nothing-to-audit", 409, "There is nothing to audit here")
    TOO_LARGE = ("too-large", 413, "The request is too large")
    MALFORMED = ("malformed", 400, "The request can't be read")
    INCOMPLETE_FORM = ("incomplete-form", 400, "The form did not arrive whole")
    WRONG_MEDIA_TYPE = ("wrong-media-type", 415, "The content type is not accepted here")
    UNKNOWN_RETURN = ("unknown-return", 404, "There is no such return")
    UNKNOWN_DECISION = ("unknown-decision", 404, "There is no such decision")
    UNKNOWN_PHOTO = ("unknown-photo", 404, "There is no such photo")
    PHOTO_GONE = ("photo-gone", 410, "The photo was erased")
    ERASED = ("erased", 410, "This decision was erased")
    NOT_FOUND = ("not-found", 404, "There is nothing at this address")
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405, "This method is not allowed here")
    BUSY = ("busy", 429, "The service is busy")
    REFUSED = ("refused", 400, "The request was refused")
    DAMAGED_PHOTO = ("damaged-photo", 500, "A kept photo was changed")
    DAMAGED_RECORD = ("damaged-record", 500, "The record was changed")
    INTERNAL = ("internal", 500, "The service failed")
    UNUSABLE_RECORD = ("unusable-record", 503, "The record can't be used now")
    PHOTOS_UNUSABLE = ("photos-unusable", 503, "Photos can't be kept or read now")
    NOT_READY = ("not-ready", 503, "The service is not ready")
    TIMEOUT = ("timeout", 504, "The service took too long")

    def __init__(self, slug: str, status: int, title: str) -> None:
        self.slug = slug
        self.status = status
        self.title = title


@dataclass(frozen=True)
class Problem:
    """One problem: `errors` has a line `where: what is wrong` for each thing to correct."""

    kind: ProblemKind
    detail: str
    errors: tuple[str, ...] = ()
    instance: str | None = None
    status: int | None = None
    retry_after_s: int | None = None

    def at(self, instance: str) -> "Problem":
        """Return the same problem with the address it happened at."""
        return replace(self, instance=self.instance or quote(instance))

    @property
    def http_status(self) -> int:
        """Return the HTTP status: the kind's own unless another one was given."""
        return self.status or self.kind.status

    @property
    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that go with the document."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}

    def document(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        members: dict[str, Any] = {
            "type": f"urn:regrade:problem:{self.kind.slug}",
            "title": self.kind.title,
            "status": self.http_status,
            "detail": excerpt(self.detail, MOST_DETAIL_CHARACTERS),
        }
        if self.instance is not None:
            members["instance"] = excerpt(self.instance)
        if self.errors:
            members["errors"] = list(self.errors)
        return members


class Refused(Exception):
    """A request that can't be answered; the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


# What the house raises for input that a caller can correct and for a record that is damaged or out of use;
# everything else is our own fault.
REFUSALS = (
    Refused,
    InvalidCase,
    PhotoError,
    UnknownCurrency,
    KeyReused,
    UnknownDecision,
    UnknownReturn,
    ErasedDecision,
    OverrideRefused,
    Claimed,
    OpinionGiven,
    NothingToAudit,
    WrongAtDesk,
    NothingToCertify,
    DamagedRecord,
    UnusableRecord,
    MixedClasses,
    PhotoStoreError,
)

_KINDS: tuple[tuple[type[Exception], ProblemKind], ...] = (
    (UnknownCurrency, ProblemKind.INVALID_CASE),
    (KeyReused, ProblemKind.KEY_REUSED),
    (UnknownDecision, ProblemKind.UNKNOWN_DECISION),
    (UnknownReturn, ProblemKind.UNKNOWN_RETURN),
    (NothingToCertify, ProblemKind.NOTHING_TO_CERTIFY),
    (ErasedDecision, ProblemKind.ERASED),
    (OverrideRefused, ProblemKind.OVERRIDE_REFUSED),
    (Claimed, ProblemKind.CLAIMED),
    (OpinionGiven, ProblemKind.OPINION_GIVEN),
    (NothingToAudit, ProblemKind.NOTHING_TO_AUDIT),
    (DamagedRecord, ProblemKind.DAMAGED_RECORD),
    (DamagedPhoto, ProblemKind.DAMAGED_PHOTO),
    (UnknownPhoto, ProblemKind.UNKNOWN_PHOTO),
    (ErasedPhoto, ProblemKind.PHOTO_GONE),
    (MissingPhoto, ProblemKind.DAMAGED_PHOTO),
)


def problem_of(error: Exception, photo_names: Sequence[str] = ()) -> Problem:
    """Explain one of REFUSALS; `photo_names` are the file names as sent, in order."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, InvalidCase):
        return case_problem(error)
    if isinstance(error, PhotoError):
        return _photo_problem(error, photo_names)
    if isinstance(error, UnusableRecord):
        return record_problem(error)
    if isinstance(error, UploadGone):
        return _upload_problem(error)
    if isinstance(error, MixedClasses | WrongAtDesk):
        return _field_problem(error)
    if isinstance(error, UnusablePhotoStore):
        return _store_problem(error)
    kind = next(kind for type_, kind in _KINDS if isinstance(error, type_))
    return Problem(kind, str(error), retry_after_s=_wait_s(kind))


def case_problem(error: InvalidCase, most_characters: int | None = None) -> Problem:
    """Explain what is wrong with a case, a line for each field; of very many fields, for the first.

    `most_characters` bounds what is said of it where others are answered beside it.
    """
    count = len(error.problems) + error.unlisted
    shown = _joined(error.problems, error.unlisted, most_characters or DETAIL_CHARACTERS)
    detail = (
        f"{count} thing{'s' if count > 1 else ''} to correct in the case: {shown}. "
        f"GET /v1/schema/case describes a case of at most {MAX_CASE_BYTES} bytes."
    )
    lines = _listed(error.problems, error.unlisted, most_characters)
    return Problem(ProblemKind.INVALID_CASE, detail, lines)


def record_problem(error: UnusableRecord) -> Problem:
    """Explain why the record can't be used, without the place where it lies."""
    wait_s = read_patience().retry_after_s
    detail = (
        f"The record can't be used now: {error.fault.what}. Nothing was acknowledged. Send it again in "
        f"{wait_s} s: what comes again with the same Idempotency-Key is decided only once. "
        f"Whoever runs the service: {error.fault.advice}."
    )
    return Problem(ProblemKind.UNUSABLE_RECORD, detail, retry_after_s=wait_s)


def _wait_s(kind: ProblemKind) -> int | None:
    return read_patience().retry_after_s if kind.status == HTTPStatus.SERVICE_UNAVAILABLE else None


def wrong_fields(lines: Sequence[str], unlisted: int = 0, *, advice: str = "") -> Problem:
    """Explain what is wrong with fields, a line `where: what` for each of the first."""
    detail = f"{_joined(lines, unlisted)}.{advice and ' '}{advice}"
    return Problem(ProblemKind.WRONG_FIELD, detail, _listed(lines, unlisted))


def wrong_field(field: str, text: str) -> Problem:
    """Explain what is wrong with one field."""
    return wrong_fields([f"{field}: {text}"])


def _field_problem(error: MixedClasses | WrongAtDesk) -> Problem:
    if isinstance(error, WrongAtDesk):
        return wrong_field(error.field, error.text)
    return wrong_field("device_class", str(error))


def _listed(lines: Sequence[str], unlisted: int, most_characters: int | None = None) -> tuple[str, ...]:
    shown = first_lines(lines, most_characters)
    rest = len(lines) - len(shown) + unlisted
    return (*shown, f"and {rest} more") if rest else tuple(shown)


def _joined(lines: Sequence[str], unlisted: int, most_characters: int = DETAIL_CHARACTERS) -> str:
    return "; ".join(_listed(lines, unlisted, min(most_characters, DETAIL_CHARACTERS)))


def _store_problem(error: UnusablePhotoStore) -> Problem:
    # Where the photos lie is nobody's business but the operator's.
    LOGGER.warning("%s", error)
    detail = (
        "Photos can't be kept or read now, so nothing was decided. Send it again in a while; who runs the "
        "service finds the reason in its log."
    )
    return Problem(ProblemKind.PHOTOS_UNUSABLE, detail, retry_after_s=read_patience().retry_after_s)


def _upload_problem(error: UploadGone) -> Problem:
    is_known = isinstance(error, ExpiredUpload)
    kind = ProblemKind.PHOTO_ID_GONE if is_known else ProblemKind.UNKNOWN_PHOTO_ID
    line = f"photo_ids.{error.index}: {error}"
    return Problem(kind, f"{line}.", (line,))


def _photo_problem(error: PhotoError, names: Sequence[str]) -> Problem:
    index = error.index
    text = str(error)
    if index is None:
        return Problem(ProblemKind.UNREADABLE_PHOTO, text)
    name = photo_name(index)
    file = names[index] if index < len(names) else ""
    where = f"{name} ({excerpt(file, FILE_CHARACTERS)})" if file else name
    text = text.removeprefix(f"{name}: ")
    return Problem(ProblemKind.UNREADABLE_PHOTO, f"{where}: {text}", (f"photos.{index}: {text}",))
