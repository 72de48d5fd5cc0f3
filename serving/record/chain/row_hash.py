"""Hash a row with all its columns, and chain the hashes of rows: scheme 1, which never changes.

Later schemes get functions of their own beside these; rows keep the scheme that they were written with.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from serving.record.entry import canonical_json, content_sha256
from serving.record.parts import Parts

SCHEME = 1
# What the first link holds on to.
START = "0" * 64
SALT_BYTES = 16
# Columns of a journal entry that its link in the chain covers; the salts are covered by the row's hash.
LINKED = (
    "sequence",
    "table_name",
    "row_key",
    "at",
    "tenant",
    "actor_id",
    "hash_scheme",
    "sha256",
    "position",
    "event_number",
)


def new_salts(parts: Parts) -> dict[str, str]:
    """Draw a salt for each part, so that nobody can find out by trying what an erased part was."""
    return {part.value: secrets.token_hex(SALT_BYTES) for part in parts}


def commitment_of(row: Mapping[str, Any], columns: tuple[str, ...], salt: str) -> str:
    """Return the hash that stands for a part of a row, before and after it is erased."""
    return content_sha256(salt, canonical_json(_filled(row, columns)))


def row_sha256(
    table: str,
    row: Mapping[str, Any],
    parts: Parts,
    salts: Mapping[str, str],
    erased: Mapping[str, str] | None = None,
) -> str:
    """Return the hash over all columns of a row; `erased` has the commitments of parts that are gone.

    Its sequence, which the database gives, stands in the entry. What is NULL is left out, so that a column
    that a later release adds changes no hash. Raises KeyError for a part with neither salt nor commitment.
    """
    erased = erased or {}
    commitments = {
        part.value: erased[part] if part in erased else commitment_of(row, columns, salts[part])
        for part, columns in parts.items()
    }
    elsewhere = {"sequence", *(name for columns in parts.values() for name in columns)}
    plain = _filled(row, tuple(name for name in row if name not in elsewhere))
    return content_sha256(table, canonical_json(plain), canonical_json(commitments))


def link_sha256(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the link of a journal entry: the hash over the link before it and the entry itself."""
    return content_sha256(previous, canonical_json(_filled(entry, LINKED)))


def _filled(row: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: _value(row[name]) for name in columns if row[name] is not None}


def _value(value: Any) -> Any:
    """Write what each database returns for the same value in one way."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        # SQLite forgets the sign of a zero.
        return value + 0.0
    if isinstance(value, bytes):
        # In a column of text: somebody changed it, or how it is stored.
        return {"bytes": value.hex()}
    return value
