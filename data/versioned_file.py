"""Read a data file: YAML checked against a type, each wrong entry named, with the hash of its bytes.

This is the one way in which the rooms read their own files and those of an operator. JSON is YAML too.
"""

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from data.case import explain_each
from data.strict import Frozen

Place: TypeAlias = tuple[str | int, ...]
"""Where an entry stands: the names and indices that lead to it."""
Kind = TypeVar("Kind")
File = TypeVar("File", bound="HashedFile")
# The C parser reads the same in a seventh of the time or so; PyYAML may be built without it.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):  # type: ignore[misc]
    """Refuse an entry that stands there twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{name!r} stands there twice", problem_mark=key.start_mark
                )
            seen.add(name)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return found


@dataclass(frozen=True)
class Fault:
    """What is wrong with one entry, in a sentence that names it; `place` finds its line."""

    place: Place
    text: str


class Faults(ValueError):
    """Entries of a file that are right alone do not go together; a validator of its type raises them."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.text for fault in self.faults))


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
        raise error(f"{path}:\n  " + "\n  ".join(_wrong_lines(path, failure))) from failure


def _wrong_lines(path: Path, failure: ValidationError) -> list[str]:
    """Say of each wrong entry on which line it stands, what is wrong and what to do, from the top down."""
    lines = _lines_of(_read(path, InvalidFile))
    numbered = [(_line_of(lines, fault.place) or 0, fault.text) for fault in _faults(failure)]
    return [
        f"line {line}: {text}" if line else text for line, text in sorted(numbered, key=lambda one: one[0])
    ]


def _faults(failure: ValidationError) -> Iterable[Fault]:
    for detail, text in explain_each(failure, whole=""):
        inner = detail.get("ctx", {}).get("error")
        yield from inner.faults if isinstance(inner, Faults) else [Fault(tuple(detail["loc"]), text)]


def _lines_of(body: bytes) -> dict[Place, int]:
    """Return the line, from 1, of every entry of a YAML file; nothing for what is no YAML."""
    try:
        root = yaml.compose(body, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return {}
    return dict(_walk((), root)) if root is not None else {}


def _line_of(lines: Mapping[Place, int], place: Place) -> int | None:
    """Return the line of an entry, or of the nearest that holds it; None for the file as a whole."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _walk(place: Place, node: yaml.Node) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _walk(inner, value)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            inner = (*place, index)
            yield inner, item.start_mark.line + 1
            yield from _walk(inner, item)


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
