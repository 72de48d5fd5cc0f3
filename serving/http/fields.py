"""Read the fields of a request: files, names, a case; each error says what was given and what to send."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from anyio.to_thread import run_sync
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from data.case import UNKNOWN_FIELD, InvalidCase, ReturnCase, explain
from data.condition import MAX_PHOTOS
from data.device import DeviceClass, View
from data.first_errors import MOST_LINES, excerpt
from data.inbound.json_cases import cases_in, is_wrapped, read_only_case
from data.json_text import OddJson, parse_each_name_once
from serving.http.form_parts import INLINE_BYTES, PHOTO, PHOTO_IDS, PHOTOS
from serving.http.form_reader import MULTIPART, URLENCODED, receive_form
from serving.http.problems import Problem, ProblemKind, Refused, case_problem, wrong_field, wrong_fields

FORM_TYPES = (MULTIPART, URLENCODED)
# JSON that a returns system writes has 20 bytes a value; with far more values parsing takes far longer.
LEAST_BYTES_A_VALUE = 8
FEW_VALUES = 100_000
MAX_KEY_LENGTH = 255
KEY = TypeAdapter(
    Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY_LENGTH, pattern=r"^[\x20-\x7e]+$")]
)
REASONS_FIRST = re.compile(rb'\s*\{\s*"reasons"\s*:\s*([^\s,{}\[\]"]+)\s*,')
REASONS_LAST = re.compile(rb'\]\s*,\s*"reasons"\s*:\s*([^\s,{}\[\]"]+)\s*\}\s*\Z')
REASONS_BYTES = 200
"""So far from the end of a body `reasons` is looked for."""
SHA256 = re.compile(r"[0-9a-f]{64}")

Member = TypeVar("Member", bound=StrEnum)
Model = TypeVar("Model", bound=BaseModel)


async def read_form(request: Request, known: Iterable[str]) -> FormData:
    """Take in a form and check the names of its fields; files over a megabyte wait on disk."""
    require_media_type(request, FORM_TYPES, "send a form, with curl: -F photos=@front.jpg")
    return await receive_form(request, known)


async def parse_json(body: bytes) -> Any:
    """Parse a JSON body, off the event loop if it is long; raises Refused for anything that is none."""
    return await run_sync(_parse, body) if len(body) > INLINE_BYTES else _parse(body)


async def parse_returns(body: bytes) -> Any:
    """Parse a body of cases as `parse_json` does; raises Refused for anything that is no JSON."""
    return await run_sync(_parse_returns, body) if len(body) > INLINE_BYTES else _parse_returns(body)


def _parse(body: bytes) -> Any:
    _require_few_values(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        given = f"The body is not JSON ({error})" if body.strip() else "The body is empty"
        raise Refused(Problem(ProblemKind.MALFORMED, f"{given}: send one JSON object.")) from error


def _parse_returns(body: bytes) -> Any:
    _require_few_values(body)
    try:
        return parse_each_name_once(body)
    except OddJson:
        # Where parsers would disagree about a case, such as one with a name twice, each is left as its own
        # text: that case is refused then, and no other.
        rest, others = _without_reasons(body)
        if is_wrapped(rest) and rest.lstrip().startswith(b"{"):
            return {"returns": list(cases_in(rest)), **others}
    except ValueError:
        pass
    return _parse(body)


def _without_reasons(body: bytes) -> tuple[bytes, dict[str, Any]]:
    """Take `reasons` off the front or the end of a body that is no JSON that all parsers read alike."""
    if first := REASONS_FIRST.match(body):
        return b"{" + body[first.end() :], {"reasons": _number(first[1])}
    if last := REASONS_LAST.search(body, max(len(body) - REASONS_BYTES, 0)):
        return body[: last.start()] + b"]}", {"reasons": _number(last[1])}
    return body, {}


def _number(text: bytes) -> Any:
    """Return a number or null as it was written; whatever else it is is refused as what it is."""
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace")


def _require_few_values(body: bytes) -> None:
    values = body.count(b",") + body.count(b"[") + body.count(b"{")
    most = FEW_VALUES + len(body) // LEAST_BYTES_A_VALUE
    if values > most:
        detail = (
            f"The body holds about {values} values; at most {most} are read in its {len(body)} bytes: "
            "leave out what the schema does not name, and send fewer cases at a time."
        )
        raise Refused(Problem(ProblemKind.TOO_LARGE, detail))


def require_media_type(request: Request, allowed: Sequence[str], advice: str) -> None:
    """Refuse a content type that is not among those allowed, and a body that was packed."""
    given = request.headers.getlist("content-type")
    if len(given) != 1 or given[0].partition(";")[0].strip().lower() not in allowed:
        said = f"Content-Type {excerpt(', '.join(given))!r} was sent" if given else "No Content-Type was sent"
        detail = f"{said}; allowed: {' or '.join(allowed)}: {advice}."
        raise Refused(Problem(ProblemKind.WRONG_MEDIA_TYPE, detail))
    packed = request.headers.get("content-encoding", "identity")
    if packed.strip().lower() != "identity":
        detail = (
            f"Content-Encoding {excerpt(packed)!r} was sent; bodies are read as they are: send it unpacked."
        )
        raise Refused(Problem(ProblemKind.WRONG_MEDIA_TYPE, detail))


def require_known(given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse fields that nobody would read."""
    names = list(known)
    unknown = [name for name in given if name not in names]
    if unknown:
        lines = [f"{excerpt(name)}: {UNKNOWN_FIELD}" for name in unknown[:MOST_LINES]]
        advice = f"Known fields: {', '.join(names)}."
        raise Refused(wrong_fields(lines, len(unknown) - len(lines), advice=advice))


def query_of(request: Request, model: type[Model]) -> Model:
    """Return the query of an address as its type; raises Refused."""
    return checked(model, dict(request.query_params))


def checked(model: type[Model], values: Any) -> Model:
    """Return values as their type; raises Refused with a line for each that is wrong."""
    if isinstance(values, dict) and len(values) > MOST_LINES:
        # Junk is refused by its names alone; to check it would take far longer.
        require_known(values, model.model_fields)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = explain(error, whole="body")
        raise Refused(wrong_fields(lines, error.error_count() - len(lines))) from error


def read_photos(form: FormData, *, at_least: int) -> tuple[list[UploadFile], list[str]]:
    """Return the photos of a form: those that came with it as open uploads, and the ids of others."""
    photos, photo_ids = _files(form, PHOTOS), _names(form, PHOTO_IDS)
    count = len(photos) + len(photo_ids)
    if not at_least <= count <= MAX_PHOTOS:
        detail = f"{count} photos were given; send {at_least} to {MAX_PHOTOS} of one device."
        raise Refused(Problem(ProblemKind.WRONG_PHOTO_COUNT, detail))
    return photos, photo_ids


def read_photo(form: FormData) -> UploadFile:
    """Return the one photo of a form as an open upload."""
    photos = _files(form, PHOTO)
    if len(photos) != 1:
        detail = f"{len(photos)} photos were given; send one, with curl -F {PHOTO}=@front.jpg."
        raise Refused(Problem(ProblemKind.WRONG_PHOTO_COUNT, detail))
    return photos[0]


def _files(form: FormData, name: str) -> list[UploadFile]:
    return [part for part in form.getlist(name) if isinstance(part, UploadFile) and not _is_no_file(part)]


def _is_no_file(upload: UploadFile) -> bool:
    # A browser sends an empty file field as a nameless part without bytes.
    is_nameless = upload.filename == "" and (upload.content_type or "") in {"", "application/octet-stream"}
    return is_nameless and not upload.size


async def require_whole(form: FormData, photos: Sequence[UploadFile], photo_ids: Sequence[str]) -> None:
    """Refuse photos of which `photo_count` or `photo_sha256` tell that they are not those that were sent.

    The count is of all photos; hashes are of those that came with the form.
    """
    _require_count(form, len(photos) + len(photo_ids))
    expected = _hashes(form)
    if expected and len(expected) != len(photos):
        line = (
            f"photo_sha256: {len(expected)} were given for {len(photos)} photos; send one a photo, in order"
        )
        raise Refused(Problem(ProblemKind.INCOMPLETE_FORM, f"{line}.", (line,)))
    found = [await run_sync(_sha256, upload) for upload in photos] if expected else []
    lines = [
        f"photos.{index}: SHA-256 {given} came; photo_sha256 says {told}: send it again"
        for index, (given, told) in enumerate(zip(found, expected, strict=True))
        if given != told
    ]
    if lines:
        detail = f"Not every photo arrived as it was sent: {'; '.join(lines)}."
        raise Refused(Problem(ProblemKind.INCOMPLETE_FORM, detail, tuple(lines)))


def _require_count(form: FormData, photos: int) -> None:
    counts = _names(form, "photo_count")
    if len(counts) > 1:
        raise Refused(wrong_field("photo_count", f"{len(counts)} were given; send one"))
    if not counts:
        return
    if not re.fullmatch(r"[0-9]{1,4}", counts[0]):
        raise Refused(wrong_field("photo_count", f"{excerpt(counts[0])!r} is no whole number"))
    if int(counts[0]) != photos:
        line = f"photo_count: {int(counts[0])} was given, and {photos} photos came"
        raise Refused(Problem(ProblemKind.INCOMPLETE_FORM, f"{line}: send all of them again.", (line,)))


def _hashes(form: FormData) -> list[str]:
    hashes = _names(form, "photo_sha256")
    for given in hashes:
        if not SHA256.fullmatch(given.lower()):
            raise Refused(
                wrong_field("photo_sha256", f"{excerpt(given)!r} is no SHA-256 in 64 hexadecimal digits")
            )
    return [given.lower() for given in hashes]


def _sha256(upload: UploadFile) -> str:
    digest = hashlib.file_digest(upload.file, "sha256").hexdigest()  # type: ignore[arg-type]
    upload.file.seek(0)
    return digest


async def read_case_field(form: FormData) -> ReturnCase:
    """Return the one case of a form, sent as text or as a file."""
    parts = form.getlist("case")
    if len(parts) != 1:
        line = f"{len(parts)} were given; send one as JSON, with curl -F 'case=<case.json'"
        raise Refused(wrong_field("case", line))
    part = parts[0]
    text = part.encode("utf-8", "replace") if isinstance(part, str) else await part.read()
    return await run_sync(_read_case, text) if len(text) > INLINE_BYTES else _read_case(text)


def _read_case(text: bytes) -> ReturnCase:
    try:
        return read_only_case(_unquoted(text))
    except InvalidCase as error:
        raise Refused(case_problem(error)) from error


def read_device_class(form: FormData) -> DeviceClass | None:
    """Return the device class, if one was sent."""
    names = _names(form, "device_class")
    if len(names) > 1:
        raise Refused(wrong_field("device_class", f"{len(names)} were given; send one"))
    return _member(DeviceClass, "device_class", names[0]) if names else None


def read_view(form: FormData) -> View | None:
    """Return the view of the one photo, if it was sent."""
    names = _names(form, "view")
    if len(names) > 1:
        raise Refused(wrong_field("view", f"{len(names)} were given; send one"))
    return _member(View, "view", names[0]) if names else None


def read_views(form: FormData, photos: int) -> list[View] | None:
    """Return the view of each photo, if they were sent."""
    names = _names(form, "views")
    if names and len(names) != photos:
        detail = f"views: {len(names)} were given for {photos} photos; name one a photo, in order"
        raise Refused(Problem(ProblemKind.WRONG_PHOTO_COUNT, f"{detail}.", (detail,)))
    return [_member(View, "views", name) for name in names] or None


def read_idempotency_key(request: Request, form: FormData) -> str | None:
    """Return the key from the header or the field, if one was sent."""
    texts = [part for part in form.getlist("idempotency_key") if isinstance(part, str)]
    given = {*request.headers.getlist("idempotency-key"), *map(_key, texts)} - {""}
    if len(given) > 1:
        said = "the field differs from the header Idempotency-Key; send one of them"
        raise Refused(wrong_field("idempotency_key", said))
    try:
        return KEY.validate_python(given.pop()) if given else None
    except ValidationError:
        said = f"send 1 to {MAX_KEY_LENGTH} printable ASCII characters"
        raise Refused(wrong_field("idempotency_key", said)) from None


def _key(text: str) -> str:
    """Return a key as it was written, or what BentoML's client wrote as JSON: a string, or null for none.

    Whatever else it looks like, a list or several names, it is one key.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
    return value if isinstance(value, str) else "" if value is None else text.strip()


def _unquoted(text: bytes) -> bytes:
    # BentoML's client writes every field as JSON, so a case given to it as text arrives as a JSON string.
    if not text.lstrip().startswith(b'"'):
        return text
    value = _parse(text)
    return value.encode("utf-8", "replace") if isinstance(value, str) else text


def _names(form: FormData, field: str) -> list[str]:
    """Return the names in a field that may be sent plainly, repeated, with commas, or as JSON."""
    texts = [part for part in form.getlist(field) if isinstance(part, str)]
    names = [name for text in texts for name in _split(text)]
    return [name.strip() for name in names if name.strip()]


def _split(text: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text.split(",")
    if value is None:
        return []
    # Digits with an E among them are a name too, and no number.
    if isinstance(value, float):
        return [text]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _member(enum: type[Member], field: str, name: str) -> Member:
    try:
        return enum(name)
    except ValueError:
        raise Refused(wrong_field(field, f"{excerpt(name)!r} is not one of {', '.join(enum)}")) from None
