"""Hold a part of a form while it comes: a file, a short text, or what nobody reads."""

import re
from tempfile import SpooledTemporaryFile

from starlette.datastructures import Headers, UploadFile

from data.case import MAX_CASE_BYTES
from serving.http.multipart import PartHead
from serving.http.problems import Problem, ProblemKind, Refused

PHOTOS, PHOTO, PHOTO_IDS, CASE = "photos", "photo", "photo_ids", "case"
PICTURES = frozenset({PHOTOS, PHOTO})
SMALL_FIELD_BYTES = 4 * 1024
# So much of a file stays in memory; the rest waits on disk.
SPOOLED_BYTES = 1024 * 1024
# Parsing less than this takes less time than handing it to a thread and back.
INLINE_BYTES = 64 * 1024
BASE64 = re.compile(r"data:\w+/|[A-Za-z0-9+/_=\r\n-]{40,}$")


class SkippedPart:
    """A part that nobody reads."""

    async def write(self, data: bytes) -> None:
        """Pass over the next bytes."""


class TextPart:
    """A part that is text, and short."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._most_bytes = MAX_CASE_BYTES if name == CASE else SMALL_FIELD_BYTES
        self._data = bytearray()

    async def write(self, data: bytes) -> None:
        """Take the next bytes; raises Refused when they get too many."""
        self._data += data
        if len(self._data) > self._most_bytes:
            is_picture = self.name in PICTURES
            raise Refused(_not_a_file(self.name, self._text()) if is_picture else _too_long(self.name))

    async def finish(self) -> str:
        """Return the text."""
        if self.name in PICTURES:
            raise Refused(_not_a_file(self.name, self._text()))
        return self._text()

    def _text(self) -> str:
        try:
            return self._data.decode()
        except UnicodeDecodeError:
            return self._data.decode("latin-1")


class FilePart:
    """A part that is a file."""

    def __init__(self, name: str, head: PartHead) -> None:
        self.name = name
        headers = Headers(headers=dict(head.headers))
        file = SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115
        self.upload = UploadFile(file, size=0, filename=head.filename, headers=headers)  # type: ignore[arg-type]

    async def write(self, data: bytes) -> None:
        """Take the next bytes; raises Refused when a case gets too long."""
        await self.upload.write(data)
        if self.name == CASE and (self.upload.size or 0) > MAX_CASE_BYTES:
            raise Refused(_too_long(CASE))

    async def finish(self) -> UploadFile:
        """Return the file, to be read from its start."""
        await self.upload.seek(0)
        return self.upload


def _not_a_file(name: str, text: str) -> Problem:
    is_base64 = BASE64.match(text.strip())
    sent = "as text in base64: decode it and" if is_base64 else "as text:"
    detail = f"{name} was sent {sent} send files, with curl -F {name}=@front.jpg. Nothing is downloaded."
    return Problem(ProblemKind.NOT_A_FILE, detail, (f"{name}: text instead of a file",))


def _too_long(name: str) -> Problem:
    most, advice = (MAX_CASE_BYTES, "send fewer scans") if name == CASE else (SMALL_FIELD_BYTES, "shorten it")
    line = f"{name}: more than {most} bytes were given; at most {most} are allowed: {advice}"
    return Problem(ProblemKind.TOO_LARGE, f"{line}.", (line,))
