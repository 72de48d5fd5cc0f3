"""Read a labelled table from elsewhere: any columns, with a specification that says what each one is."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from data.versioned_file import read_mapping

# How spreadsheets and databases write that nothing is there. "none" is not among them: it is often an answer.
MISSING = frozenset(
    {"", "na", "n/a", "nan", "null", "?", "-", "#n/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?"}
)
PARQUET, GZIP = b"PAR1", b"\x1f\x8b"


class InvalidTable(ValueError):
    """A table or specification that can't be used; the message says what to change."""


class ColumnKind(StrEnum):
    """The kinds of column: numbers, or one of some names."""

    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True)
class TableSpec:
    """The target and the columns of a table.

    target: the 0-or-1 column. time: a column to split by, earlier rows first. group: rows that share it stay
    together. monotone: features of which more never lowers (1) or never raises (-1) the score. known: columns
    vouched for as known before the outcome, which are learned from however much they seem to give away.
    """

    target: str
    columns: dict[str, ColumnKind]
    time: str | None = None
    group: str | None = None
    monotone: dict[str, int] | None = None
    known: tuple[str, ...] = ()


def read_spec(path: Path) -> TableSpec:
    """Read a specification from YAML.

    Raises InvalidTable for unknown entries, unknown kinds, or a target among the columns.
    """
    body = read_mapping(path, needs="`target` and `columns`", error=InvalidTable)
    unknown = set(body) - {"target", "columns", "time", "group", "monotone", "known"}
    if unknown or not isinstance(body.get("target"), str) or not isinstance(body.get("columns"), dict):
        raise InvalidTable(
            f"{path}: give target: NAME and columns: {{NAME: number | category}}, if wanted time, group, "
            f"monotone and known{'; not known: ' + ', '.join(map(str, unknown)) if unknown else ''}"
        )
    spec = TableSpec(
        body["target"],
        {str(name): _kind(path, str(name), kind) for name, kind in body["columns"].items()},
        _column_name(path, body, "time"),
        _column_name(path, body, "group"),
        _directions(path, body.get("monotone") or {}),
        _known(path, body.get("known") or []),
    )
    _require_consistent(path, spec)
    return spec


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and all rows of a CSV file, plain or gzipped, as text.

    Columns of one name are told apart as pandas does: NAME, NAME.1, NAME.2. Raises InvalidTable for an empty
    file, a row with another number of cells than the header, and what is no CSV file.
    """
    with _open(path) as file:
        rows = csv.reader(file)
        try:
            header = next((row for row in rows if row), [])
            body = list(_checked(path, len(header), rows))
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error, csv.Error) as error:
            raise InvalidTable(f"{path} is not a CSV file in UTF-8 ({error}); export it again") from error
    if not header:
        raise InvalidTable(f"{path} is empty; give a CSV file with a header")
    return _told_apart(header), body


def column(path: Path, header: list[str], rows: list[list[str]], name: str) -> list[str | None]:
    """Return one column as text, None where it is empty or says that it is missing.

    Raises InvalidTable if there is none of that name.
    """
    if name not in header:
        raise InvalidTable(f"{path} has no column {name!r}; it has {', '.join(header)}")
    place = header.index(name)
    cells = [row[place] for row in rows]
    # Each different cell is read once: most columns have few.
    read = {cell: _text(cell.strip()) for cell in set(cells)}
    return [read[cell] for cell in cells]


def _text(cell: str) -> str | None:
    return None if cell.lower() in MISSING else cell


def _open(path: Path) -> TextIO:
    """Open by what the file starts with; its name may say otherwise."""
    with path.open("rb") as file:
        start = file.read(len(PARQUET))
    if start == PARQUET:
        raise InvalidTable(f"{path} is a Parquet file; export it as CSV, plain or gzipped")
    if start.startswith(GZIP):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _told_apart(header: list[str]) -> list[str]:
    names = [name.strip() for name in header]
    earlier = [names[:place].count(name) for place, name in enumerate(names)]
    return [f"{name}.{count}" if count else name for name, count in zip(names, earlier, strict=True)]


def _checked(path: Path, width: int, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=2):
        if row and len(row) != width:
            raise InvalidTable(
                f"{path} line {number} has {len(row)} cells, its header {width}: correct the line"
            )
        if row:
            yield row


def _column_name(path: Path, body: dict[Any, Any], entry: str) -> str | None:
    name = body.get(entry)
    if name is not None and not isinstance(name, str):
        raise InvalidTable(f"{path}: {entry} is {name!r}; give the name of one column")
    if name is not None and name == body["target"]:
        raise InvalidTable(f"{path}: {entry} is the target {name!r}; name another column, or leave it out")
    return name


def _kind(path: Path, name: str, kind: Any) -> ColumnKind:
    try:
        return ColumnKind(kind)
    except ValueError as error:
        raise InvalidTable(f"{path}: column {name!r} is {kind!r}; give number or category") from error


def _directions(path: Path, given: Any) -> dict[str, int]:
    if not isinstance(given, dict) or not all(type(one) is int and abs(one) == 1 for one in given.values()):
        raise InvalidTable(f"{path}: monotone maps a number column to 1 or -1, given {given!r}")
    return {str(name): int(direction) for name, direction in given.items()}


def _known(path: Path, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise InvalidTable(f"{path}: known is {given!r}; give a list of columns, such as [amount, country]")
    return tuple(given)


def _require_consistent(path: Path, spec: TableSpec) -> None:
    if not spec.columns:
        raise InvalidTable(f"{path}: columns is empty; name at least one column to learn from")
    if spec.target in spec.columns:
        raise InvalidTable(
            f"{path}: the target {spec.target!r} is among the columns; take it out, it is the answer"
        )
    odd = [name for name in spec.monotone or {} if spec.columns.get(name) is not ColumnKind.NUMBER]
    if odd:
        raise InvalidTable(f"{path}: monotone names {', '.join(odd)}, which are no number columns")
    strange = [name for name in spec.known if name not in spec.columns]
    if strange:
        raise InvalidTable(f"{path}: known names {', '.join(strange)}, which are not among the columns")
