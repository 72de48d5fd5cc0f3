"""Split a multipart form into its parts while it arrives, and know whether all of it came (RFC 2046, 7578).

The parser that starlette brings takes a form as whole wherever it ends, keeps no name from `filename*` and
refuses a header that goes on over two lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any, TypeAlias

from data.strict import visible

MAX_BOUNDARY_BYTES = 200
MAX_HEAD_BYTES = 8 * 1024
MAX_PADDING_BYTES = 64
# Some clients send the whole path of a file.
WINDOWS_PATH = re.compile(r"(?:[A-Za-z]:\\|\\\\).*\\")


class BrokenForm(ValueError):
    """Bytes that are no multipart form; the message says why."""


class CutForm(BrokenForm):
    """A form that ended before its closing boundary."""


@dataclass(frozen=True)
class PartHead:
    """What stands before the bytes of a part; `filename` is None where none was sent."""

    name: str
    filename: str | None
    headers: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def content_type(self) -> str:
        """Return the media type without its parameters, empty where none was sent."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """Return the value of a header by its name in lower case, empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


class PartEnd:
    """The part is whole."""


END = PartEnd()
Event: TypeAlias = PartHead | bytes | PartEnd


class Splitter:
    """Splits the bytes of a form as they come: a head, the bytes of its part, an end, and so on."""

    def __init__(self, boundary: bytes) -> None:
        line = rb"--" + re.escape(boundary) + rb"(?:(--)|[ \t]{0,%d}\r\n)" % MAX_PADDING_BYTES
        self._delimiter = re.compile(rb"\r\n" + line)
        # Before the first part a line may end as it likes, and the first of all needs no line before it.
        self._first_delimiter = re.compile(rb"\n" + line)
        # Where such a line stands that is no delimiter, somebody wrote line ends of another kind, or text
        # before it: what it should separate would become one, and a part be lost.
        self._stray = re.compile(
            rb"--" + re.escape(boundary) + rb"(?:--)?[ \t]{0,%d}\r?\n" % MAX_PADDING_BYTES
        )
        # So much of the end may be the beginning of a delimiter.
        self._held_bytes = len(boundary) + MAX_PADDING_BYTES + 6
        self._boundary = boundary
        self._buffer = b"\n"
        self._step = self._before_parts
        self._is_closed = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take the next bytes and yield what they complete; raises BrokenForm."""
        self._buffer += data
        while (event := self._step()) is not None:
            if event:
                yield event

    def finish(self) -> None:
        """Raise CutForm unless the closing boundary was seen."""
        if self._is_closed:
            return
        shown = self._boundary.decode("latin-1")
        if self._step == self._before_parts:
            raise BrokenForm(f"no line --{shown} begins a part, which is the boundary in the content type")
        raise CutForm(f"it was cut: it ends before its closing line --{shown}--")

    def _before_parts(self) -> Event | None:
        found = self._first_delimiter.search(self._buffer)
        self._require_no_stray(found)
        if not found:
            self._buffer = self._buffer[-self._held_bytes :]
            return None
        return self._pass(found)

    def _in_head(self) -> Event | None:
        if self._buffer.startswith(b"\r\n"):
            raise BrokenForm("a part has no Content-Disposition header")
        end = self._buffer.find(b"\r\n\r\n")
        head = self._buffer[:end] if end >= 0 else self._buffer
        if len(head) > MAX_HEAD_BYTES or self._delimiter.search(head):
            raise BrokenForm(f"the header of a part does not end within {MAX_HEAD_BYTES} bytes")
        if end < 0:
            return None
        self._buffer = self._buffer[end + 4 :]
        self._step = self._in_part
        return read_head(head)

    def _in_part(self) -> Event | None:
        # The line end before a delimiter is the delimiter's; an empty part has no other one.
        found = self._delimiter.search(self._buffer)
        self._require_no_stray(found)
        if found and found.start():
            data, self._buffer = self._buffer[: found.start()], self._buffer[found.start() :]
            return data
        if found:
            self._pass(found)
            return END
        data, self._buffer = self._buffer[: -self._held_bytes], self._buffer[-self._held_bytes :]
        return data or None

    def _after_parts(self) -> None:
        # What follows is to be ignored, but for another part, which nobody should lose without a word.
        if any(found[1] is None for found in self._delimiter.finditer(self._buffer)):
            raise BrokenForm("parts follow after its closing line")
        self._buffer = self._buffer[-self._held_bytes :]

    def _require_no_stray(self, found: re.Match[bytes] | None) -> None:
        if self._stray.search(self._buffer, 0, found.start() if found else len(self._buffer)):
            shown = self._boundary.decode("latin-1")
            raise BrokenForm(
                f"--{shown} stands where it begins no part: a line of its own, between CR LF and CR LF, does"
            )

    def _pass(self, found: re.Match[bytes]) -> bytes:
        self._buffer = self._buffer[found.end() :]
        self._is_closed = bool(found[1])
        self._step = self._after_parts if found[1] else self._in_head
        return b""


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a content type names; raises BrokenForm."""
    boundary = _parameters(content_type).get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise BrokenForm("Missing boundary in multipart")
    if len(boundary) > MAX_BOUNDARY_BYTES:
        raise BrokenForm(f"its boundary has {len(boundary)} bytes; at most {MAX_BOUNDARY_BYTES} are allowed")
    return boundary


def read_head(head: bytes) -> PartHead:
    """Read the header lines of a part; raises BrokenForm."""
    lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("latin-1").split("\r\n")
    headers = tuple(_header(line) for line in lines)
    disposition = next((value for name, value in headers if name == "content-disposition"), "")
    parameters = _parameters(disposition)
    if "name" not in parameters:
        raise BrokenForm('The Content-Disposition header field "name" must be provided')
    filename = parameters.get("filename")
    if filename is not None:
        # As `name*` it may hold what no name does, and what no database keeps.
        filename = visible(WINDOWS_PATH.sub("", _text(filename)))
    return PartHead(_text(parameters["name"]), filename, headers)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name.rstrip(" \t")):
        raise BrokenForm("a header line of a part is none")
    if re.search(r"[\r\n\0]", value):
        raise BrokenForm("a header line of a part holds a control character")
    return name.strip().lower(), value.strip()


def _parameters(value: str) -> dict[str, str]:
    """Return the parameters of a header; one written as `name*` is decoded and counts where `name` lacks."""
    message = Message()
    message["Content-Disposition"] = value
    # The stubs know no parameter that was written as `name*`, which comes in three parts.
    given: list[tuple[str, Any]] = message.get_params([], header="content-disposition")[1:]
    found: dict[str, str] = {}
    for name, text in given:
        found.setdefault(name.lower(), _decoded(text) if isinstance(text, tuple) else text)
    return found


def _decoded(extended: tuple[str | None, str | None, str]) -> str:
    charset, _, text = extended
    try:
        # As every other value: bytes that are shown as Latin-1, until `_text` reads them.
        return text.encode("latin-1").decode(charset or "utf-8").encode().decode("latin-1")
    except (UnicodeError, LookupError):
        return text


def _text(value: str) -> str:
    raw = value.encode("latin-1", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return value
