"""Name the inputs of the three POST calls for BentoML, and read them here; nothing is ever downloaded."""

from pathlib import Path
from typing import Any, Self

import bentoml
from anyio.to_thread import run_sync
from pydantic import Field
from starlette.requests import Request

from data.condition import MAX_PHOTOS
from data.device import DeviceClass, View
from serving.http import fields
from serving.http.problem_guard import remember_refusal
from serving.http.problems import Problem, ProblemKind, Refused
from serving.pipeline import MAX_RETURNS

# Parsing less than this takes less time than handing it to a thread and back.
INLINE_BYTES = 64 * 1024
CASE_TEXT = "The return case as JSON; GET /v1/schema/case serves its schema."
VIEWS_TEXT = f"What each photo was meant to show, in their order; each one of {', '.join(View)}."


class Form(bentoml.IODescriptor):  # type: ignore[misc]
    """Base of the three inputs: BentoML shows their fields in its schema, and `read` takes them in.

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


class GradeForm(Form):
    """What /v1/grade takes."""

    photos: list[Path] = Field(description=f"1 to {MAX_PHOTOS} photos: JPEG, PNG, WebP or HEIC.")
    device_class: str | None = Field(None, description=f"One of {', '.join(DeviceClass)}.")
    views: list[str] | None = Field(None, description=VIEWS_TEXT)

    @classmethod
    async def read(cls, request: Request) -> dict[str, Any]:
        """Return the value of each field; raises Refused."""
        form = await fields.read_form(request, cls.model_fields)
        photos = fields.read_photos(form, at_least=1)
        return {
            "photos": photos,
            "device_class": fields.read_device_class(form),
            "views": fields.read_views(form, len(photos)),
        }


class DecideForm(Form):
    """What /v1/decide takes."""

    case: Any = Field(description=CASE_TEXT)
    photos: list[Path] = Field([], description=f"Up to {MAX_PHOTOS} photos; without any, a person decides.")
    views: list[str] | None = Field(None, description=VIEWS_TEXT)
    idempotency_key: str | None = Field(
        None, description="As the header Idempotency-Key, for clients that can't set headers."
    )

    @classmethod
    async def read(cls, request: Request) -> dict[str, Any]:
        """Return the value of each field; raises Refused."""
        form = await fields.read_form(request, cls.model_fields)
        photos = fields.read_photos(form, at_least=0)
        return {
            "case": await fields.read_case_field(form),
            "photos": photos,
            "views": fields.read_views(form, len(photos)),
            "idempotency_key": fields.read_idempotency_key(request, form),
        }


class ScoreForm(Form):
    """What /v1/fraud/score takes."""

    returns: list[Any] = Field(description=f"1 to {MAX_RETURNS} cases. {CASE_TEXT}")

    @classmethod
    async def read(cls, request: Request) -> dict[str, Any]:
        """Return the value of each field; raises Refused."""
        advice = 'send JSON: {"returns": [case, ...]}'
        fields.require_media_type(request, ("application/json",), advice)
        document = await _parse(await request.body())
        if not isinstance(document, dict):
            raise Refused(Problem(ProblemKind.WRONG_FIELD, f"The body is no object: {advice}."))
        fields.require_known(document, cls.model_fields)
        return {"returns": _returns(document.get("returns"))}


async def _parse(body: bytes) -> Any:
    if len(body) <= INLINE_BYTES:
        return fields.parse_returns(body)
    return await run_sync(fields.parse_returns, body)


def _returns(value: Any) -> list[Any]:
    if isinstance(value, list) and 1 <= len(value) <= MAX_RETURNS:
        return value
    given = f"{len(value)} cases were given" if isinstance(value, list) else "no list was given"
    detail = f"returns: {given}; send a list of 1 to {MAX_RETURNS} cases."
    raise Refused(Problem(ProblemKind.WRONG_FIELD, detail, (detail,)))
