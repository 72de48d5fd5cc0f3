"""Read the fields of a request: files, names, a case; each error says what was given and what to send."""

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import StringConstraints, TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from data.case import MAX_CASE_BYTES, InvalidCase, ReturnCase
from data.condition import MAX_PHOTOS
from data.device import DeviceClass, View
from data.inbound.json_cases import cases_in, is_wrapped, read_only_case
from data.json_text import OddJson, parse_each_name_once
from serving.http.problems import Problem, ProblemKind, Refused, case_problem

FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
# More files than a device may have are still read, so that the answer can say how many there were.
MAX_FILES = 100
MAX_TEXT_BYTES = 1024 * 1024
MAX_KEY_LENGTH = 255
KEY = TypeAdapter(
    Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_LENGTH, pattern=r"^[\x20-\x7e]+$")]
)

Member = TypeVar("Member", bound=StrEnum)


async def read_form(request: Request, known: Iterable[str]) -> FormData:
    """Parse a form and check the names of its fields; files over a megabyte wait on disk."""
    require_media_type(request, FORM_TYPES, "send a form, with curl: -F photos=@front.jpg")
    try:
        form = await request.form(max_files=MAX_FILES, max_part_size=MAX_TEXT_BYTES)
    except (HTTPException, MultiPartException, KeyError) as error:
        raise Refused(_unreadable_form(error)) from error
    require_known(form, known)
    return form


def parse_json(body: bytes) -> Any:
    """Parse a JSON body; raises Refused for anything that is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        given = f"The body is not JSON ({error})" if body.strip() else "The body is empty"
        raise Refused(Problem(ProblemKind.MALFORMED, f"{given}: send one JSON object.")) from error


def parse_returns(body: bytes) -> Any:
    """Parse a body of cases; raises Refused for anything that is no JSON.

    Where parsers would disagree about a case, such as one with a name twice, each is left as its own text:
    that case is refused then, and no other.
    """
    try:
        return parse_each_name_once(body)
    except OddJson:
        if is_wrapped(body) and body.lstrip().startswith(b"{"):
            return {"returns": list(cases_in(body))}
    except ValueError:
        pass
    return parse_json(body)


def require_media_type(request: Request, allowed: Sequence[str], advice: str) -> None:
    """Refuse a content type that is not among those allowed."""
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() not in allowed:
        said = f"Content-Type {given!r} was sent" if given else "No Content-Type was sent"
        detail = f"{said}; allowed: {' or '.join(allowed)}: {advice}."
        raise Refused(Problem(ProblemKind.WRONG_MEDIA_TYPE, detail))


def require_known(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse fields that nobody would read."""
    names = list(known)
    unknown = [f"{name}: unknown field; remove it or correct its name" for name in given if name not in names]
    if unknown:
        detail = f"{'; '.join(unknown)}. Known fields: {', '.join(names)}."
        raise Refused(Problem(ProblemKind.WRONG_FIELD, detail, tuple(unknown)))


def read_photos(form: FormData, *, at_least: int) -> list[UploadFile]:
    """Return the photos of a form as open uploads; text in their place is refused, never fetched."""
    parts = form.getlist("photos")
    if any(isinstance(part, str) for part in parts):
        detail = "photos was sent as text: send files, with curl -F photos=@front.jpg. Nothing is downloaded."
        raise Refused(Problem(ProblemKind.NOT_A_FILE, detail, ("photos: text instead of a file",)))
    # A browser sends an empty file field as a nameless part without bytes.
    photos = [part for part in parts if isinstance(part, UploadFile) and (part.filename or part.size)]
    if not at_least <= len(photos) <= MAX_PHOTOS:
        detail = f"{len(photos)} photos were given; send {at_least} to {MAX_PHOTOS} of one device."
        raise Refused(Problem(ProblemKind.WRONG_PHOTO_COUNT, detail))
    return photos


async def read_case_field(form: FormData) -> ReturnCase:
    """Return the one case of a form, sent as text or as a file."""
    parts = form.getlist("case")
    if len(parts) != 1:
        raise _wrong("case", f"{len(parts)} were given; send one as JSON, with curl -F 'case=<case.json'")
    part = parts[0]
    text = part.encode("utf-8", "replace") if isinstance(part, str) else await part.read(MAX_TEXT_BYTES)
    if len(text) > MAX_CASE_BYTES:
        said = f"case: {len(text)} bytes were given; at most {MAX_CASE_BYTES} are allowed: send fewer scans"
        raise Refused(Problem(ProblemKind.TOO_LARGE, f"{said}.", (said,)))
    try:
        return read_only_case(_unquoted(text))
    except InvalidCase as error:
        raise Refused(case_problem(error)) from error


def read_device_class(form: FormData) -> DeviceClass | None:
    """Return the device class, if one was sent."""
    names = _names(form, "device_class")
    if len(names) > 1:
        raise _wrong("device_class", f"{len(names)} were given; send one")
    return _member(DeviceClass, "device_class", names[0]) if names else None


def read_views(form: FormData, photos: int) -> list[View] | None:
    """Return the view of each photo, if they were sent."""
    names = _names(form, "views")
    if names and len(names) != photos:
        detail = f"views: {len(names)} were given for {photos} photos; name one a photo, in order"
        raise Refused(Problem(ProblemKind.WRONG_PHOTO_COUNT, f"{detail}.", (detail,)))
    return [_member(View, "views", name) for name in names] or None


def read_idempotency_key(request: Request, form: FormData) -> str | None:
    """Return the key from the header or the field, if one was sent."""
    given = {request.headers.get("idempotency-key", ""), *_names(form, "idempotency_key")} - {""}
    if len(given) > 1:
        raise _wrong("idempotency_key", "the field differs from the header Idempotency-Key; send one of them")
    try:
        return KEY.validate_python(given.pop()) if given else None
    except ValidationError:
        said = f"send 1 to {MAX_KEY_LENGTH} printable ASCII characters"
        raise _wrong("idempotency_key", said) from None


def _unreadable_form(error: Exception) -> Problem:
    said = getattr(error, "detail", None) or getattr(error, "message", None) or f"it lacks {error}"
    detail = f"The form can't be read: {said.rstrip('.')}. "
    if "exceeded maximum size" in said:
        limit = f"A text field may have at most {MAX_TEXT_BYTES} bytes, a case at most {MAX_CASE_BYTES}."
        return Problem(ProblemKind.TOO_LARGE, detail + limit)
    if "Too many files" in said:
        advice = f"Send at most {MAX_PHOTOS} photos of one device."
        return Problem(ProblemKind.WRONG_PHOTO_COUNT, detail + advice)
    advice = "Let your HTTP library build the form; with curl use -F and set no Content-Type yourself."
    return Problem(ProblemKind.MALFORMED, detail + advice)


def _wrong(field: str, text: str) -> Refused:
    line = f"{field}: {text}"
    return Refused(Problem(ProblemKind.WRONG_FIELD, f"{line}.", (line,)))


def _unquoted(text: bytes) -> bytes:
    # BentoML's client writes every field as JSON, so a case given to it as text arrives as a JSON string.
    if not text.lstrip().startswith(b'"'):
        return text
    value = parse_json(text)
    return value.encode("utf-8", "replace") if isinstance(value, str) else text


def _names(form: FormData, field: str) -> list[str]:
    """Return the names in a field that may be sent plainly, repeated, with commas, or as JSON."""
    parts = form.getlist(field)
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) != len(parts):
        raise _wrong(field, "a file was sent; send text")
    names = [name for text in texts for name in _split(text)]
    return [name.strip() for name in names if name.strip()]


def _split(text: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text.split(",")
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _member(enum: type[Member], field: str, name: str) -> Member:
    try:
        return enum(name)
    except ValueError:
        raise _wrong(field, f"{name!r} is not one of {', '.join(enum)}") from None
