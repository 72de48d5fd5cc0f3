"""Say what a judge in another process is asked, and write and read it on a pipe."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Self

from data.device import View
from serving.condition.given.given_photo import GivenPhoto, PhotoFacts


@dataclass(frozen=True)
class Question:
    """One decision to take again: the case as JSON text, its photos, and what was recorded beside them.

    `memory` is what the record knew of the return then, as JSON values.
    """

    decision_id: str
    decided_at: str
    case: str
    photos: tuple[GivenPhoto, ...]
    views: tuple[View, ...] | None
    memory: dict[str, Any] | None = None

    @classmethod
    def of(cls, header: dict[str, Any], bodies: Sequence[bytes]) -> Self:
        """Return what `header` and the bodies of the photos were made of."""
        views = header["views"]
        photos = tuple(
            GivenPhoto(body, told["sha256"], PhotoFacts(**told["facts"]))
            for told, body in zip(header["photos"], bodies, strict=True)
        )
        asked = tuple(map(View, views)) if views else None
        return cls(
            header["decision_id"], header["decided_at"], header["case"], photos, asked, header["memory"]
        )

    @property
    def header(self) -> dict[str, Any]:
        """Return everything but the bodies of the photos as JSON values."""
        photos = [
            {"sha256": photo.sha256, "facts": asdict(photo.facts) if photo.facts else None}
            for photo in self.photos
        ]
        rest = {name: value for name, value in vars(self).items() if name != "photos"}
        return {**rest, "photos": photos}


@dataclass(frozen=True)
class Answer:
    """The decision as canonical JSON, and the case as it was read; or what went wrong instead."""

    decision: str = ""
    case: str = ""
    error: str = ""


def write_message(pipe: BinaryIO, header: Any, bodies: Sequence[bytes] = ()) -> None:
    """Write one line of JSON, then the bodies whose sizes it tells."""
    line = json.dumps({"header": header, "sizes": [len(body) for body in bodies]})
    pipe.write(line.encode() + b"\n")
    for body in bodies:
        pipe.write(body)
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[Any, list[bytes]] | None:
    """Return a header with its bodies; None where the pipe was closed."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    message = json.loads(line)
    return message["header"], [pipe.read(size) for size in message["sizes"]]
