"""Read which column of a table is which field of a case, in which unit and with which words."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from data.case import case_schema
from data.scan import ScanCode
from data.strict import Frozen
from data.versioned_file import InvalidFile, check_file, read_mapping

SCAN = "scan."
"""A path that begins so is the time of a scan of this code: scan.inducted."""


class InvalidMapping(InvalidFile):
    """A mapping file that can't be used; the message names each wrong entry and what is allowed."""


class MappedColumn(Frozen):
    """What one column is: its field in the case, and how its cells become values of that field.

    values: the word of the case for each word of the column. times: what a number is multiplied by. format
    and zone: how times are written, after strptime, and where; ISO 8601 with a zone needs neither. separator:
    what parts the entries of a list.
    """

    to: str
    values: dict[str, str | bool | float] | None = None
    times: float | None = Field(None, gt=0)
    format: str | None = None
    zone: str | None = None
    separator: str = ";"


class CaseMapping(Frozen):
    """The columns of a table by their names, and values that all its rows have, by their fields."""

    columns: dict[str, MappedColumn]
    constants: dict[str, str | bool | float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fields_are_known(self) -> "CaseMapping":
        known = field_types()
        paths = [column.to for column in self.columns.values()] + list(self.constants)
        unknown = sorted({path for path in paths if path not in known})
        if unknown:
            raise ValueError(
                f"{', '.join(unknown)}: no field of a case; there are {', '.join(sorted(known))}"
            )
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: named twice; name one column for each field")
        return self

    def column_of(self, path: str) -> str | None:
        """Return the column that a field comes from."""
        return next((name for name, column in self.columns.items() if column.to == path), None)


def read_mapping_file(path: Path) -> CaseMapping:
    """Read a mapping from YAML; a column may be named with its field alone. Raises InvalidMapping."""
    document = read_mapping(path, needs="columns", error=InvalidMapping)
    columns = document.get("columns")
    if isinstance(columns, dict):
        spelled = {name: {"to": one} if isinstance(one, str) else one for name, one in columns.items()}
        document = {**document, "columns": spelled}
    return check_file(path, document, CaseMapping, error=InvalidMapping)


def field_types() -> dict[str, frozenset[str]]:
    """Return the JSON types of every field that a column can be, by its path; lists hold text."""
    schema = case_schema()
    found = dict(_fields(schema, schema["$defs"], ""))
    lists = {"rma.source_codes", "scans", "history.prior_returns"}
    scans = {f"{SCAN}{code.value}": frozenset({"string"}) for code in ScanCode}
    return {path: kinds for path, kinds in found.items() if path not in lists} | scans


def _fields(
    schema: Mapping[str, Any], known: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, frozenset[str]]]:
    for name, given in schema["properties"].items():
        options = [_resolved(one, known) for one in given.get("anyOf", [given])]
        objects = [one for one in options if "properties" in one]
        for one in objects:
            yield from _fields(one, known, f"{prefix}{name}.")
        if not objects:
            yield f"{prefix}{name}", frozenset(str(one.get("type", "string")) for one in options)


def _resolved(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return known[str(reference).rpartition("/")[2]] if reference else schema
