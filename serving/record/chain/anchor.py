"""Keep the end of the chain elsewhere, so that even who may write the whole record can't replace it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from serving.record.errors import RecordError


class InvalidAnchor(RecordError):
    """A file is no anchor."""


@dataclass(frozen=True)
class Anchor:
    """The link at a position of the chain, and when it was looked at."""

    position: int
    link_sha256: str
    at: str


_ANCHOR = TypeAdapter(Anchor)


def write_anchor(anchor: Anchor, path: Path) -> None:
    """Write an anchor as a line of JSON."""
    path.write_text(json.dumps(asdict(anchor)) + "\n", encoding="utf-8")


def read_anchor(path: Path) -> Anchor:
    """Read what write_anchor wrote; raises InvalidAnchor."""
    try:
        return _ANCHOR.validate_json(path.read_bytes())
    except ValidationError as error:
        raise InvalidAnchor(
            f"{path} is no anchor: it must hold position, link_sha256 and at; "
            "`regrade verify-record --anchor FILE` writes one"
        ) from error
