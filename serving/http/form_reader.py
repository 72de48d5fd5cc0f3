"""Take in a form while it comes: photos as files, fields as short texts, and no more than is allowed."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from anyio.to_thread import run_sync
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from data.case import MAX_CASE_BYTES, UNKNOWN_FIELD
from data.condition import MAX_PHOTOS
from data.first_errors import excerpt
from serving.http.form_parts import (
    CASE,
    INLINE_BYTES,
    PHOTO_IDS,
    PHOTOS,
    PICTURES,
    FilePart,
    SkippedPart,
    TextPart,
)
from serving.http.multipart import BrokenForm, CutForm, PartEnd, PartHead, Splitter, boundary_of
from serving.http.problems import Problem, ProblemKind, Refused, wrong_field, wrong_fields

MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
# Fields that may be sent several times, also as name[] or name[0].
REPEATED = frozenset({PHOTOS, PHOTO_IDS, "views", "photo_sha256"})
# More files than a device may have are still taken in, so that the answer can say how many there were.
MAX_FILES = 100
MAX_FIELDS = 100
# A case of ASCII characters that are all escaped takes three times its bytes.
URLENCODED_BYTES = 4 * MAX_CASE_BYTES
INDEXED = re.compile(r"(\w+)\[(\d{0,3})\]")


async def receive_form(request: Request, known: Iterable[str]) -> FormData:
    """Read a form of known fields; raises Refused for one that is broken, cut, or too much."""
    intake = Intake(known)
    try:
        if request.headers["content-type"].strip().lower().startswith(URLENCODED):
            await _receive_urlencoded(request, intake)
        else:
            await _receive_multipart(request, intake)
        return intake.form()
    except BaseException:
        intake.close()
        raise


async def _receive_multipart(request: Request, intake: "Intake") -> None:
    try:
        splitter = Splitter(boundary_of(request.headers["content-type"]))
        async for chunk in request.stream():
            for event in splitter.feed(chunk):
                await intake.take(event)
        splitter.finish()
    except CutForm as error:
        raise Refused(_incomplete(error)) from error
    except BrokenForm as error:
        raise Refused(_unreadable(str(error))) from error


async def _receive_urlencoded(request: Request, intake: "Intake") -> None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > URLENCODED_BYTES:
            detail = (
                f"The form has more than {URLENCODED_BYTES} bytes, which is the most as {URLENCODED}: "
                f"send files, and all that is long, as {MULTIPART}."
            )
            raise Refused(Problem(ProblemKind.TOO_LARGE, detail))
    for name, text in await run_sync(_pairs, body) if len(body) > INLINE_BYTES else _pairs(body):
        await intake.take(PartHead(name, None, ()))
        await intake.take(text.encode())
        await intake.take(PartEnd())


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Refused(_too_many("fields", MAX_FIELDS)) from None


class Intake:
    """The parts of one form, as far as they came."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = tuple(known)
        self._items: list[tuple[str, str | UploadFile]] = []
        self._unknown: dict[str, None] = {}
        self._indices: dict[str, int] = {}
        self._files = self._fields = 0
        self._part: TextPart | FilePart | SkippedPart = SkippedPart()

    async def take(self, event: PartHead | bytes | PartEnd) -> None:
        """Take the next event of the form; raises Refused."""
        if isinstance(event, PartHead):
            self._part = self._begin(event)
        elif isinstance(event, bytes):
            await self._part.write(event)
        elif not isinstance(self._part, SkippedPart):
            self._items.append((self._part.name, await self._part.finish()))

    def form(self) -> FormData:
        """Return what came; raises Refused for fields that nobody would read."""
        if self._unknown:
            advice = f"Known fields: {', '.join(self._known)}."
            raise Refused(wrong_fields(list(self._unknown), advice=advice))
        return FormData(self._items)

    def close(self) -> None:
        """Let go of the files."""
        for part in (self._part, *(value for _, value in self._items)):
            upload = part.upload if isinstance(part, FilePart) else part
            if isinstance(upload, UploadFile):
                upload.file.close()

    def _begin(self, head: PartHead) -> TextPart | FilePart | SkippedPart:
        is_file = _is_file(head)
        self._count(is_file)
        name = self._plain_name(head.name)
        if name not in self._known:
            self._unknown[_unknown_line(head, is_file, self._known)] = None
            return SkippedPart()
        _require_plain_bytes(name, head)
        if not is_file:
            return TextPart(name)
        if name not in {*PICTURES, CASE}:
            raise Refused(wrong_field(name, "a file was sent; send text"))
        return FilePart(name, head)

    def _count(self, is_file: bool) -> None:
        self._files += is_file
        self._fields += not is_file
        if self._files > MAX_FILES:
            raise Refused(_too_many("files", MAX_FILES))
        if self._fields > MAX_FIELDS:
            raise Refused(_too_many("fields", MAX_FIELDS))

    def _plain_name(self, name: str) -> str:
        """Return the name of a field without the brackets that some libraries put behind it."""
        found = INDEXED.fullmatch(name)
        if not found or found[1] not in REPEATED:
            return name
        if found[2]:
            index, before = int(found[2]), self._indices.get(found[1], -1)
            if index <= before:
                line = f"it came after {found[1]}[{before}]; send them in order, each number once"
                raise Refused(wrong_field(name, line))
            self._indices[found[1]] = index
        return found[1]


def _is_file(head: PartHead) -> bool:
    """Return whether a part is a file: it has the name of one, or it is a photo by its type."""
    if head.filename is not None:
        return True
    kind = head.content_type.partition("/")[0]
    return head.name.partition("[")[0] in PICTURES and kind not in {"", "text", "multipart"}


def _require_plain_bytes(name: str, head: PartHead) -> None:
    encoding = head.header("content-transfer-encoding").lower()
    if encoding in {"base64", "quoted-printable"}:
        line = f"it was sent with Content-Transfer-Encoding: {encoding}; send its bytes as they are"
        raise Refused(wrong_field(name, line))
    if head.content_type.startswith("multipart/"):
        raise Refused(wrong_field(name, f"it was sent as {head.content_type}; repeat the field instead"))


def _unknown_line(head: PartHead, is_file: bool, known: Iterable[str]) -> str:
    name = excerpt(head.name)
    pictures = sorted(PICTURES.intersection(known))
    if is_file and pictures:
        file = f"the file {excerpt(head.filename)!r}" if head.filename else "a file"
        return f"{name}: unknown field, with {file}; a photo's field is called {pictures[0]}"
    return f"{name}: {UNKNOWN_FIELD}"


def _too_many(what: str, most: int) -> Problem:
    said = f"The form can't be read: Too many {what}. Maximum number of {what} is {most}."
    return Problem(ProblemKind.WRONG_PHOTO_COUNT, f"{said} Send at most {MAX_PHOTOS} photos of one device.")


def _incomplete(error: CutForm) -> Problem:
    detail = f"The form did not arrive whole: {excerpt(str(error))}. Nothing was read of it: send it again."
    return Problem(ProblemKind.INCOMPLETE_FORM, detail)


def _unreadable(said: str) -> Problem:
    advice = "Let your HTTP library build the form; with curl use -F and set no Content-Type yourself."
    return Problem(ProblemKind.MALFORMED, f"The form can't be read: {excerpt(said)}. {advice}")
