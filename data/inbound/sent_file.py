"""Read what was sent once, from a file or a stream: packed with gzip or not, in whatever encoding."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from data.case import MAX_CASE_BYTES, TooLargeCase
from data.inbound.invalid_message import InvalidMessage
from data.json_text import encoding_of

# Enough to hold the first case whole.
HEAD_BYTES = 2 * MAX_CASE_BYTES
CHUNK_BYTES = 64 * 1024
GZIP = b"\x1f\x8b"


class SentFile:
    """One file or stream; `head` is how it begins, in UTF-8, and `is_all` says that nothing follows."""

    def __init__(self, source: Path | BinaryIO) -> None:
        self.name = source.name if isinstance(source, Path) else "-"
        self._source = source
        self._stream = source.open("rb") if isinstance(source, Path) else source
        chunks = self._chunks(self._stream)
        begin = next(chunks, b"")
        self.is_packed = begin.startswith(GZIP)
        if self.is_packed:
            chunks = self._chunks(gzip.GzipFile(fileobj=_as_stream(_joined(begin, chunks))))
            begin = next(chunks, b"")
        encoding, mark = encoding_of(begin[:4])
        chunks = self._in_utf8(_joined(begin[mark:], chunks), encoding)
        self.head = next(chunks, b"")
        following = next(chunks, b"")
        self.is_all = not following
        self._reader = _as_stream(_joined(self.head + following, chunks))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if isinstance(self._source, Path):
            self._stream.close()

    def seekable(self, most_bytes: int) -> Path | BinaryIO:
        """Return the file itself where it can be read in any order, or else all of its bytes."""
        # A pipe has a path, but can be read once only.
        if isinstance(self._source, Path) and self._source.is_file() and not self.is_packed:
            return self._source
        return io.BytesIO(self.body(most_bytes))

    def body(self, most_bytes: int) -> bytes:
        """Return all of it; raises InvalidMessage past a size."""
        body = self._reader.read(most_bytes + 1)
        if len(body) > most_bytes:
            raise InvalidMessage(
                f"{self.name} is more than {most_bytes} bytes; at most {most_bytes} are read: split it"
            )
        return body

    def lines(self) -> Iterator[bytes | TooLargeCase]:
        """Yield each line as it stands; in the place of one too long for a case, that it is."""
        while line := self._reader.readline(HEAD_BYTES):
            if len(line) < HEAD_BYTES or line.endswith(b"\n"):
                yield line
                continue
            size = len(line)
            while not line.endswith(b"\n") and (line := self._reader.readline(HEAD_BYTES)):
                size += len(line)
            yield TooLargeCase(size)

    def _chunks(self, stream: Any) -> Iterator[bytes]:
        try:
            chunk = stream.read(HEAD_BYTES)
            while chunk:
                yield chunk
                chunk = stream.read(CHUNK_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InvalidMessage(
                f"{self.name}: the gzip archive is damaged ({error}): send it again"
            ) from error

    def _in_utf8(self, chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
        if encoding == "utf-8":
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for chunk in chunks:
                yield decoder.decode(chunk).encode()
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise InvalidMessage(f"{self.name} begins as {encoding} and can't be read so: {error}") from error


class _Chunks(io.RawIOBase):
    """Let chunks be read like a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def _as_stream(chunks: Iterator[bytes]) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Chunks(chunks)))


def _joined(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
