"""Write labels as JSON lines, CSV or Parquet; the file is there only once all of them are."""

import csv
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Protocol, get_type_hints

from data.inbound.invalid_message import ParquetNotInstalled
from serving.record.labels.decision_label import Decided, Label, Word

# Rows that a Parquet file gets at one time.
ROWS_AT_ONCE = 5_000
# Digits behind the point of a number that was estimated or measured: a tenth of a second of a day.
DIGITS = 6


class LabelFormat(StrEnum):
    """The forms of a file of labels."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class LabelWriter(Protocol):
    """What writes labels, one row each."""

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row of label_row."""


def label_row(label: Label) -> dict[str, Any]:
    """Return a label as one flat row; what nobody told is None, and an empty list where it is a list."""
    word = vars(label.word) if label.word else dict.fromkeys(_names(Word)) | {"words": 0, "otherwise": ()}
    named = {"rma_id": label.rma_id, "decision_id": label.decision_id, "kind": label.kind}
    flat = {**named, **word, "outcome": label.outcome, **vars(label.decided)}
    return {name: _plain(value) for name, value in flat.items()}


def format_of(path: Path, asked: LabelFormat | None) -> LabelFormat:
    """Return the form that was asked for, or the one that the file's name ends with; else JSON lines."""
    suffix = path.suffix.removeprefix(".").lower()
    return asked or (LabelFormat(suffix) if suffix in set(LabelFormat) else LabelFormat.JSONL)


@contextmanager
def label_file(path: Path, form: LabelFormat) -> Iterator[LabelWriter]:
    """Write a file of labels beside its place, and put it there at the end; nothing is there after an error.

    Raises ParquetNotInstalled and OSError.
    """
    opened = {LabelFormat.JSONL: _json_lines, LabelFormat.CSV: _csv, LabelFormat.PARQUET: _parquet}[form]
    with put_in_place(path) as partial, opened(partial) as writer:
        yield writer


@contextmanager
def put_in_place(path: Path) -> Iterator[Path]:
    """Yield where to write a file that is to lie under a path once it is whole."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class _JsonLines:
    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, row: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(_spelled(row), ensure_ascii=False, allow_nan=False) + "\n")


class _Csv:
    def __init__(self, file: Any) -> None:
        self._writer = csv.DictWriter(file, _COLUMNS)
        self._writer.writeheader()

    def write(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow({name: _cell(value) for name, value in _spelled(row).items()})


class _Parquet:
    def __init__(self, arrow: Any, writer: Any, schema: Any) -> None:
        self._arrow, self._writer, self._schema = arrow, writer, schema
        self._rows: list[Mapping[str, Any]] = []

    def write(self, row: Mapping[str, Any]) -> None:
        self._rows.append({**row, "label": _label_text(row["label"]), "otherwise": _told_texts(row)})
        if len(self._rows) >= ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


@contextmanager
def _json_lines(path: Path) -> Iterator[LabelWriter]:
    with path.open("w", encoding="utf-8") as file:
        yield _JsonLines(file)


@contextmanager
def _csv(path: Path) -> Iterator[LabelWriter]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield _Csv(file)


@contextmanager
def _parquet(path: Path) -> Iterator[LabelWriter]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ParquetNotInstalled from error
    schema = _schema(pa)
    with pq.ParquetWriter(path, schema) as file:
        writer = _Parquet(pa, file, schema)
        yield writer
        writer.flush()


def _schema(arrow: Any) -> Any:
    """Return the types of the columns, so that one in which nothing is known has its own all the same."""
    kinds = {
        float: arrow.float64(),
        int: arrow.int64(),
        bool: arrow.bool_(),
        datetime: arrow.timestamp("us", tz="UTC"),
    }
    told = arrow.struct(
        [("label", arrow.string()), ("origin", arrow.string()), ("known_at", kinds[datetime])]
    )
    hints = {name: hint for kind in (Word, Decided) for name, hint in get_type_hints(kind).items()}
    own = {name: kinds.get(hints.get(name, str), arrow.string()) for name in _COLUMNS}
    return arrow.schema({**own, "label": arrow.string(), "otherwise": arrow.list_(told)})


def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, tuple):
        return [{name: _plain(each) for name, each in asdict(one).items()} for one in value]
    return value


def _spelled(value: Any) -> Any:
    """Return a value with its times as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _spelled(each) for name, each in value.items()}
    return [_spelled(each) for each in value] if isinstance(value, list) else value


def _cell(value: Any) -> Any:
    """Return what stands in a cell of CSV: true and false as in JSON, a list as JSON."""
    return json.dumps(value) if isinstance(value, bool | list) else value


def _label_text(value: bool | str | None) -> str | None:
    """Return a label as text, for a column has one type: true, false, or a grade."""
    return json.dumps(value) if isinstance(value, bool) else value


def _told_texts(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "label": _label_text(one["label"])} for one in row["otherwise"]]


_COLUMNS = ("rma_id", "decision_id", "kind", *_names(Word), "outcome", *_names(Decided))
