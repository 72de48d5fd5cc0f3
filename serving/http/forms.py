"""Name the inputs of the POST calls for BentoML, and read them here; nothing is ever downloaded."""

from pathlib import Path
from typing import Annotated, Any, Self

import bentoml
from pydantic import Field
from starlette.datastructures import FormData
from starlette.requests import Request

from data.condition import MAX_PHOTOS
from data.device import DeviceClass, View
from data.fraud import MOST_REASONS
from data.strict import Frozen, Wholes
from serving.http import fields
from serving.http.form_parts import INLINE_BYTES
from serving.http.problem_guard import remember_refusal
from serving.http.problems import Problem, ProblemKind, Refused
from serving.pipeline import MAX_RETURNS

INLINE_RETURNS = 2
COUNT_TEXT = "How many photos were sent, by file or id; a form with fewer or more of them is refused."
SHA256_TEXT = (
    "The SHA-256 of each file's bytes in hexadecimal, in their order; a photo with another is refused."
)
IDS_TEXT = (
    f"The photo_id of photos that were sent to /v1/photos before; with those sent here at most {MAX_PHOTOS}. "
    "They count after those sent here, in their order."
)
CASE_TEXT = "The return case as JSON; GET /v1/schema/case serves its schema."
REASONS_TEXT = (
    "How many reasons each score has at most; as many as the fraud policy says where it is left out or null. "
    "0 computes none, which takes a fraction of the time."
)
VIEWS_TEXT = f"What each photo was meant to show, in their order; each one of {', '.join(View)}."


class Form(bentoml.IODescriptor):  # type: ignore[misc]
    """Base of the inputs: BentoML shows their fields in its schema, and `read` takes them in.

    BentoML's own reader would download a file field that is sent as text, ignore unknown fields and answer
    500 for wrong ones. `Path` is how its schema says "a file"; the values are open uploads.
    """

    @classmethod
    async def from_http_request(cls, request: Request, serde: Any) -> Self:  # noqa: ARG003
        """Read one request; what can't be used is answered as a problem."""
        try:
            values = await cls.read(request)
        except Refused as refused:
            remember_refusal(request.scope, refused)
            raise
        form: Self = cls.model_construct(**values)
        return form

    @classmethod
    async def read(cls, request: Request) -> dict[str, Any]:
        """Return the value of each field; raises Refused."""
        raise NotImplementedError


class PhotoForm(Form):
    """Base of the inputs with photos."""

    @classmethod
    async def read(cls, request: Request) -> dict[str, Any]:
        """Return the value of each field; raises Refused."""
        form = await fields.read_form(request, cls.model_fields)
        try:
            return await cls.take(request, form)
        except Refused:
            await form.close()
            raise

    @classmethod
    async def take(cls, request: Request, form: FormData) -> dict[str, Any]:
        """Return the value of each field of a form; raises Refused."""
        raise NotImplementedError


class GradeForm(PhotoForm):
    """What /v1/grade takes."""

    photos: list[Path] = Field(
        [], description=f"1 to {MAX_PHOTOS} photos, by file or id: JPEG, PNG, WebP or HEIC."
    )
    photo_ids: list[str] | None = Field(None, description=IDS_TEXT)
    device_class: str | None = Field(None, description=f"One of {', '.join(DeviceClass)}.")
    views: list[str] | None = Field(None, description=VIEWS_TEXT)
    photo_count: int | None = Field(None, description=COUNT_TEXT)
    photo_sha256: list[str] | None = Field(None, description=SHA256_TEXT)

    @classmethod
    async def take(cls, request: Request, form: FormData) -> dict[str, Any]:  # noqa: ARG003
        """Return the value of each field of a form; raises Refused."""
        photos, photo_ids = fields.read_photos(form, at_least=1)
        await fields.require_whole(form, photos, photo_ids)
        return {
            "photos": photos,
            "photo_ids": photo_ids,
            "device_class": fields.read_device_class(form),
            "views": fields.read_views(form, len(photos) + len(photo_ids)),
        }


class UploadForm(PhotoForm):
    """What /v1/photos takes."""

    photo: Path = Field(description="One photo: JPEG, PNG, WebP or HEIC.")
    device_class: str | None = Field(None, description=f"One of {', '.join(DeviceClass)}.")
    view: str | None = Field(None, description=f"What the photo was meant to show; one of {', '.join(View)}.")

    @classmethod
    async def take(cls, request: Request, form: FormData) -> dict[str, Any]:  # noqa: ARG003
        """Return the value of each field of a form; raises Refused."""
        return {
            "photo": fields.read_photo(form),
            "device_class": fields.read_device_class(form),
            "view": fields.read_view(form),
        }


class DecideForm(PhotoForm):
    """What /v1/decide takes."""

    case: Any = Field(description=CASE_TEXT)
    photos: list[Path] = Field([], description=f"Up to {MAX_PHOTOS} photos; without any, a person decides.")
    photo_ids: list[str] | None = Field(None, description=IDS_TEXT)
    views: list[str] | None = Field(None, description=VIEWS_TEXT)
    idempotency_key: str | None = Field(
        None, description="As the header Idempotency-Key, for clients that can't set headers."
    )
    photo_count: int | None = Field(None, description=COUNT_TEXT)
    photo_sha256: list[str] | None = Field(None, description=SHA256_TEXT)

    @classmethod
    async def take(cls, request: Request, form: FormData) -> dict[str, Any]:
        """Return the value of each field of a form; raises Refused."""
        photos, photo_ids = fields.read_photos(form, at_least=0)
        await fields.require_whole(form, photos, photo_ids)
        return {
            "case": await fields.read_case_field(form),
            "photos": photos,
            "photo_ids": photo_ids,
            "views": fields.read_views(form, len(photos) + len(photo_ids)),
            "idempotency_key": fields.read_idempotency_key(request, form),
        }


class ReasonsAsked(Frozen):
    """How many reasons /v1/fraud/score is asked for; None for as many as the fraud policy says."""

    reasons: Annotated[int, Wholes(0, MOST_REASONS)] | None = None


class ScoreForm(Form):
    """What /v1/fraud/score takes."""

    returns: list[Any] = Field(description=f"1 to {MAX_RETURNS} cases. {CASE_TEXT}")
    reasons: int | None = Field(None, ge=0, le=MOST_REASONS, description=REASONS_TEXT)

    @classmethod
    async def read(cls, request: Request) -> dict[str, Any]:
        """Return the value of each field; raises Refused."""
        advice = 'send JSON: {"returns": [case, ...]}'
        fields.require_media_type(request, ("application/json",), advice)
        body = await request.body()
        document = await fields.parse_returns(body)
        if not isinstance(document, dict):
            raise Refused(Problem(ProblemKind.WRONG_FIELD, f"The body is no object: {advice}."))
        fields.require_known(document, cls.model_fields)
        returns = _returns(document.get("returns"))
        asked = fields.checked(ReasonsAsked, {"reasons": document.get("reasons")})
        is_few = len(returns) <= INLINE_RETURNS and len(body) <= INLINE_BYTES
        return {"returns": FewReturns(returns) if is_few else returns, "reasons": asked.reasons}


class FewReturns(list[Any]):
    """Returns that take so little time that they are scored at once.

    About a millisecond each: the way to a thread and back would cost as much, and on a busy machine far more.
    """


def _returns(value: Any) -> list[Any]:
    if isinstance(value, list) and 1 <= len(value) <= MAX_RETURNS:
        return value
    given = f"{len(value)} cases were given" if isinstance(value, list) else "no list was given"
    detail = f"returns: {given}; send a list of 1 to {MAX_RETURNS} cases."
    raise Refused(Problem(ProblemKind.WRONG_FIELD, detail, (detail,)))
