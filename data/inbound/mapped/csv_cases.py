"""Read a CSV table as cases, a row each, by a mapping of its columns."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.case import InvalidCase, ReturnCase, parse_case
from data.inbound.invalid_message import InvalidMessage
from data.inbound.mapped.mapping import SCAN, CaseMapping, MappedColumn, field_types
from data.strict import FIRST_INSTANT, INSTANT_TEXT

GZIP = b"\x1f\x8b"
WORDS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


def csv_cases(path: Path, mapping: CaseMapping) -> Iterator[tuple[str, ReturnCase | InvalidCase]]:
    """Yield the case of each row with its place, or what is wrong with it, column by column.

    Where no column is as_of, a case is as it was when the latest of its times had come. Raises InvalidMessage
    for what is no CSV, and for a column of the mapping that is not there.
    """
    opened = gzip.open if _begin(path) == GZIP else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        try:
            rows = csv.DictReader(file, strict=True)
            _require_columns(path, list(rows.fieldnames or ()), mapping)
            for row in rows:
                yield f"line {rows.line_num}", _case_or_problem(row, mapping)
        except (UnicodeDecodeError, csv.Error, EOFError, OSError) as error:
            raise InvalidMessage(f"{path.name} is no CSV in UTF-8 ({error}): export it again") from error


def is_csv(path: Path) -> bool:
    """Return whether a file is named as CSV, packed or not."""
    return path.name.lower().endswith((".csv", ".csv.gz"))


def _begin(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(len(GZIP))
    except OSError as error:
        raise InvalidMessage(f"{path} can't be read ({error.strerror}): give the path of a file") from error


def _require_columns(path: Path, there: list[str], mapping: CaseMapping) -> None:
    lacking = [name for name in mapping.columns if name not in there]
    if lacking:
        raise InvalidMessage(
            f"{path.name} has no column {', '.join(lacking)}, which the mapping names; it has "
            f"{', '.join(there) or 'none'}: correct the mapping"
        )


def _case_or_problem(row: Mapping[str | None, Any], mapping: CaseMapping) -> ReturnCase | InvalidCase:
    if None in row or None in row.values():
        return InvalidCase(["the row has another number of cells than the header: correct it"])
    message: dict[str, Any] = {}
    problems: list[str] = []
    for path, value in mapping.constants.items():
        _put(message, path, value)
    for name, column in mapping.columns.items():
        try:
            value = _value(str(row[name]).strip(), column)
        except ValueError as error:
            problems.append(f"column {name} ({column.to}): {error} (given {str(row[name])[:80]!r})")
            continue
        if value is not None:
            _put(message, column.to, value)
    if problems:
        return InvalidCase(problems)
    message.setdefault("as_of", _latest(message))
    try:
        return parse_case(message)
    except InvalidCase as error:
        return InvalidCase([_by_column(line, mapping) for line in error.problems], error.unlisted)


def _value(text: str, column: MappedColumn) -> Any:
    """Return what a cell says; None for an empty one. Raises ValueError with what is allowed."""
    if not text:
        return None
    if column.values is not None:
        return _word(text, column.values)
    if column.format or column.zone or column.to.startswith(SCAN):
        return _instant(text, column)
    kinds = _types()[column.to]
    if "boolean" in kinds:
        return _word(text.lower(), WORDS)
    if kinds & {"number", "integer"} or column.times is not None:
        return _number(text, column.times)
    if "array" in kinds:
        return [part.strip() for part in text.split(column.separator) if part.strip()]
    return text


def _word(text: str, values: Mapping[str, Any]) -> Any:
    if text not in values:
        raise ValueError(f"give one of {', '.join(values)}, or say values in the mapping")
    return values[text]


def _number(text: str, times: float | None) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError("give a number with a point, such as 300.50") from error
    return number if times is None else number * times


def _instant(text: str, column: MappedColumn) -> str:
    try:
        found = datetime.strptime(text, column.format) if column.format else datetime.fromisoformat(text)
    except ValueError as error:
        allowed = f"write times as {column.format}" if column.format else INSTANT_TEXT
        raise ValueError(allowed) from error
    if found.tzinfo is None:
        if column.zone is None:
            raise ValueError("the time has no zone: add it, or say zone in the mapping")
        found = found.replace(tzinfo=_zone(column.zone))
    return found.isoformat()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(
            f"zone {name!r} of the mapping is not known; give one such as Europe/Berlin"
        ) from error


def _put(message: dict[str, Any], path: str, value: Any) -> None:
    if path.startswith(SCAN):
        message.setdefault("scans", []).append({"code": path.removeprefix(SCAN), "time": value})
        return
    *inner, last = path.split(".")
    for name in inner:
        message = message.setdefault(name, {})
    message[last] = value


def _latest(message: dict[str, Any]) -> str:
    """Return the latest time by which something of a case is said to have happened."""
    times = [scan["time"] for scan in message.get("scans", ())]
    times += [message.get("rma", {}).get(name) for name in ("requested_at", "delivered_at", "ordered_at")]
    times.append(message.get("verification", {}).get("verified_at"))
    read = [_read(time) for time in times if isinstance(time, str)]
    known = [time for time in read if time is not None]
    # Without any time the case is refused for its request, whatever stands here.
    return max(known, default=FIRST_INSTANT).isoformat()


def _read(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _by_column(line: str, mapping: CaseMapping) -> str:
    """Name the column from which a wrong field came."""
    path, _, told = line.partition(": ")
    column = mapping.column_of(path)
    return f"column {column} ({path}): {told}" if column else line


@cache
def _types() -> dict[str, frozenset[str]]:
    return field_types()
