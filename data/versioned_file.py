"""Read a data file: YAML checked against a type, each wrong entry named, with the hash of its bytes.

This is the one way in which the rooms read their own files and those of an operator. JSON is YAML too.
"""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from data.case import explain
from data.strict import Frozen

Kind = TypeVar("Kind")
File = TypeVar("File", bound="HashedFile")
# The C parser reads the same in a seventh of the time or so; PyYAML may be built without it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class InvalidFile(ValueError):
    """A data file that is missing, is no YAML or has a wrong, unknown or missing entry; each one is named."""


class HashedFile(Frozen):
    """Base of a file that knows the SHA-256 of its bytes, by which a release names it."""

    sha256: str


class VersionedFile(HashedFile):
    """Base of a file that has a name, a version and the hash of its bytes."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)


def read_versioned(path: Path, kind: type[File], *, error: type[ValueError] = InvalidFile) -> File:
    """Read a YAML file as `kind`, with the hash of its bytes; raises `error` as read_yaml does."""
    body = _read(path, error)
    document = _mapping(path, body, _entries_of(kind), error)
    return check_file(path, document | {"sha256": hashlib.sha256(body).hexdigest()}, kind, error=error)


def read_yaml(path: Path, kind: type[Kind], *, error: type[ValueError] = InvalidFile) -> Kind:
    """Read a YAML file as `kind`, a model or a dictionary of plain values.

    Raises `error` naming the file and each wrong entry.
    """
    return check_file(path, read_mapping(path, needs=_entries_of(kind), error=error), kind, error=error)


def read_mapping(path: Path, *, needs: str, error: type[ValueError] = InvalidFile) -> dict[Any, Any]:
    """Read a YAML file whose entries are checked later; `needs` names them where there are none."""
    return _mapping(path, _read(path, error), needs, error)


def check_file(
    path: Path, document: dict[Any, Any], kind: type[Kind], *, error: type[ValueError] = InvalidFile
) -> Kind:
    """Check what was read of a file; raises `error` naming the file and each wrong entry."""
    try:
        return TypeAdapter(kind).validate_python(document)
    except ValidationError as failure:
        raise error(f"{path}:\n  " + "\n  ".join(explain(failure, whole=""))) from failure


def _read(path: Path, error: type[ValueError]) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise error(f"{path} can't be read ({failure.strerror}): give the path of a file") from failure


def _entries_of(kind: type[Any]) -> str:
    """Name the entries without which a file of a kind can't be."""
    fields = getattr(kind, "model_fields", {})
    needed = [name for name, field in fields.items() if field.is_required() and name != "sha256"]
    return ", ".join(needed) or "entries, each as NAME: VALUE"


def _mapping(path: Path, body: bytes, needs: str, error: type[ValueError]) -> dict[Any, Any]:
    try:
        document = yaml.load(body, Loader=_Loader)
    except yaml.YAMLError as failure:
        where = " ".join(str(failure).split())
        raise error(f"{path} is not YAML in UTF-8 ({where}): correct it") from failure
    if not isinstance(document, dict):
        raise error(f"{path} holds no mapping: it needs {needs}")
    return document
