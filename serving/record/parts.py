"""Name the parts of a row that may be erased later, so that its hash holds without them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Table


class Part(StrEnum):
    """What a column tells of, if that may have to be forgotten."""

    CUSTOMER = "customer"
    """Of the customer, or in words of their case."""
    STAFF = "staff"
    """Of whoever worked on the return."""
    DIGEST = "digest"
    """Nothing by itself, but a hash without salt over one of the others: from it they could be guessed."""


Parts = Mapping[Part, tuple[str, ...]]


def telling_of(part: Part) -> dict[str, Part]:
    """Return the `info` of a column that belongs to a part."""
    return {"part": part}


def parts_of(table: Table) -> Parts:
    """Return the columns of each part that a table has."""
    parts: dict[Part, tuple[str, ...]] = {}
    for column in table.columns:
        part = column.info.get("part")
        if part is not None:
            parts[part] = (*parts.get(part, ()), column.name)
    return parts


def emptied(column: Column[Any]) -> str | None:
    """Return what stands in an erased column."""
    return None if column.nullable else ""
