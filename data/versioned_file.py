"""Read a versioned data file: YAML checked against a type, with the hash of its bytes."""

import hashlib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import Field, ValidationError

from data.case import explain
from data.strict import Frozen

File = TypeVar("File", bound="VersionedFile")


class InvalidFile(ValueError):
    """A data file is missing, is no YAML or has a wrong, unknown or missing entry; each one is named."""


class VersionedFile(Frozen):
    """Base of everything that is read from a data file: what it is called, which version, and its hash."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)
    sha256: str


def read_versioned(path: Path, kind: type[File], *, error: type[InvalidFile] = InvalidFile) -> File:
    """Read a YAML file as `kind`; raises `error` naming the file and each wrong entry."""
    try:
        body = path.read_bytes()
        document = yaml.safe_load(body)
    except OSError as failure:
        raise error(f"{path} can't be read ({failure.strerror}): give the path of a file") from failure
    except yaml.YAMLError as failure:
        raise error(f"{path} is not YAML: {failure}") from failure
    if not isinstance(document, dict):
        raise error(f"{path} holds no mapping: it needs name, version and the entries of {kind.__name__}")
    return _checked(path, kind, document | {"sha256": hashlib.sha256(body).hexdigest()}, error)


def _checked(path: Path, kind: type[File], document: dict[Any, Any], error: type[InvalidFile]) -> File:
    try:
        return kind.model_validate(document)
    except ValidationError as failure:
        raise error(f"{path}:\n  " + "\n  ".join(explain(failure))) from failure
