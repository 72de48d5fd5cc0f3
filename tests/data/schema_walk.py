"""Walk over what pydantic made of our types, for tests of all that they take and refuse."""

import re
from collections.abc import Iterator
from typing import Any

from data.case import UNFORESEEN, ReturnCase
from data.inbound.sender import Sender
from serving.http.queries import DecisionsQuery, FiguresQuery, PageQuery
from serving.record.override import OverrideRequest

MODELS = (ReturnCase, OverrideRequest, Sender, DecisionsQuery, FiguresQuery, PageQuery)


def require_own_words(line: str) -> None:
    said = line.partition(" (given ")[0]
    assert not re.search(r"Input should|should have|valid (number|string|datetime|dictionary)|parse", said), (
        line
    )
    assert UNFORESEEN not in said, line


def schemas_within(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every schema inside a core schema, by the key `type` that each has."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str) and node["type"] != "model-field":
            yield node
        for key, value in node.items():
            if key not in {"metadata", "serialization", "config", "default", "members", "cls", "function"}:
                yield from schemas_within(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from schemas_within(value)
