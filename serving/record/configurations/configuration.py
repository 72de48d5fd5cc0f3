"""Name all that decisions are taken with, beside their inputs, by one hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from serving.record.entry import canonical_json

FORMAT = 1


class UnreadableConfiguration(ValueError):
    """A document that names no configuration that this release can read."""


@dataclass(frozen=True)
class Configuration:
    """The hash of each file that can change a decision, by its part, and with what is computed.

    `threads` is how many the condition network may use. `computing` has the code, the libraries and the
    processor, as serving/computing.py says them.
    """

    files: Mapping[str, str]
    computing: Mapping[str, str]
    threads: int

    @classmethod
    def of(cls, bodies: Mapping[str, bytes], computing: Mapping[str, str], threads: int) -> Self:
        """Return the configuration that is made of the bytes of files."""
        files = {part: hashlib.sha256(body).hexdigest() for part, body in bodies.items()}
        return cls(files, computing, threads)

    @classmethod
    def read(cls, document: str) -> Self:
        """Read what `document` wrote; raises UnreadableConfiguration."""
        try:
            values: dict[str, Any] = json.loads(document)
            if values["format"] != FORMAT:
                raise ValueError(f"its format is {values['format']!r}, this release reads {FORMAT}")
            return cls(dict(values["files"]), dict(values["computing"]), int(values["threads"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableConfiguration(f"the kept configuration can't be read: {error}") from error

    @cached_property
    def document(self) -> str:
        """Return it as canonical JSON, which is what is kept and hashed."""
        values = {
            "format": FORMAT,
            "files": dict(self.files),
            "computing": dict(self.computing),
            "threads": self.threads,
        }
        return canonical_json(values)

    @property
    def sha256(self) -> str:
        """Return the hash of the document's bytes, by which decisions name it."""
        return document_sha256(self.document)


def document_sha256(document: str) -> str:
    """Return the hash by which decisions name a document."""
    return hashlib.sha256(document.encode()).hexdigest()
