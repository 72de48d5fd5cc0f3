"""Read cases from Parquet: columns nested as in the API, or flat with dots in their names."""

import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from data.case import InvalidCase
from data.inbound.invalid_message import InvalidMessage, ParquetNotInstalled

ROWS_AT_ONCE = 1_000


def read_parquet(source: Path | BinaryIO, name: str) -> Iterator[dict[str, Any] | InvalidCase]:
    """Yield each row as a message in the API's own form, without what is null or NaN.

    `rma.rma_id` and a struct `rma` with a field `rma_id` read the same. A row with two columns of one name, a
    time without a zone or what has no place in a case is yielded as its problem, in its place. Raises
    ParquetNotInstalled, and InvalidMessage for a file that is no Parquet.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ParquetNotInstalled from error
    try:
        with pq.ParquetFile(source) as file:
            for batch in file.iter_batches(ROWS_AT_ONCE):
                yield from map(_message_or_problem, _rows(batch))
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InvalidMessage(f"{name} can't be read as Parquet: {error}") from error


def _rows(batch: Any) -> Iterable[dict[str, Any] | InvalidCase]:
    """Return the rows of a batch; where one can't be said in Python, each is tried by itself."""
    try:
        return list(batch.to_pylist())
    except (ValueError, OverflowError):
        return [_row(batch.slice(number, 1)) for number in range(batch.num_rows)]


def _row(alone: Any) -> dict[str, Any] | InvalidCase:
    try:
        return dict(alone.to_pylist()[0])
    except (ValueError, OverflowError) as error:
        return InvalidCase([f"the row can't be read: {error}"])


def _message_or_problem(row: dict[str, Any] | InvalidCase) -> dict[str, Any] | InvalidCase:
    if isinstance(row, InvalidCase):
        return row
    try:
        return _message(row)
    except InvalidCase as problem:
        return problem


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {}
    for name, value in row.items():
        plain = _plain(value, f"column {name}")
        if plain is not None:
            _put(message, name.split("."), plain, f"column {name}")
    return message


def _put(message: dict[str, Any], path: list[str], value: Any, where: str) -> None:
    for name in path[:-1]:
        message = message.setdefault(name, {})
        if not isinstance(message, dict):
            raise InvalidCase([f"{where}: {name} is also a column of its own: drop one of them"])
    if path[-1] in message:
        raise InvalidCase([f"{where}: the name occurs twice: drop one of the columns"])
    message[path[-1]] = value


def _plain(value: Any, where: str) -> Any:
    """Turn a value of Parquet into one of JSON; None for what is unknown."""
    if isinstance(value, dict):
        inside = {name: _plain(part, f"{where}.{name}") for name, part in value.items()}
        return {name: part for name, part in inside.items() if part is not None} or None
    if isinstance(value, list):
        return [_plain(part, where) for part in value]
    if isinstance(value, datetime):
        return _instant(value, where)
    if isinstance(value, float) and math.isnan(value):
        return None
    return _scalar(value, where)


def _instant(value: datetime, where: str) -> str:
    if value.tzinfo is None:
        raise InvalidCase([f"{where}: {value.isoformat()} has no time zone: write the column as UTC"])
    return value.isoformat()


def _scalar(value: Any, where: str) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    kind = "date" if isinstance(value, date) else type(value).__name__
    raise InvalidCase([f"{where}: a {kind} has no place in a case: write text, numbers, times with a zone"])
