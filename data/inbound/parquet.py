"""Read cases from Parquet: columns nested as in the API, or flat with dots in their names."""

import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from data.inbound.invalid_message import InvalidMessage, ParquetNotInstalled

ROWS_AT_ONCE = 1_000


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each row as a message in the API's own form, without what is null or NaN.

    `rma.rma_id` and a struct `rma` with a field `rma_id` read the same. Raises ParquetNotInstalled, and
    InvalidMessage for a file that is no Parquet, two columns of one name, or a time without a zone.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ParquetNotInstalled from error
    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield _message(row, f"{path.name}: row {number}")
    except (pa.ArrowException, ValueError) as error:
        if isinstance(error, InvalidMessage):
            raise
        raise InvalidMessage(f"{path.name} can't be read as Parquet: {error}") from error


def _message(row: dict[str, Any], where: str) -> dict[str, Any]:
    message: dict[str, Any] = {}
    for name, value in row.items():
        plain = _plain(value, f"{where}, column {name}")
        if plain is not None:
            _put(message, name.split("."), plain, f"{where}, column {name}")
    return message


def _put(message: dict[str, Any], path: list[str], value: Any, where: str) -> None:
    for name in path[:-1]:
        message = message.setdefault(name, {})
        if not isinstance(message, dict):
            raise InvalidMessage(f"{where}: {name} is also a column of its own: drop one of them")
    if path[-1] in message:
        raise InvalidMessage(f"{where}: the name occurs twice: drop one of the columns")
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
        raise InvalidMessage(f"{where}: {value.isoformat()} has no time zone: write the column as UTC")
    return value.isoformat()


def _scalar(value: Any, where: str) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    kind = "date" if isinstance(value, date) else type(value).__name__
    raise InvalidMessage(f"{where}: a {kind} has no place in a case: write text, numbers, times with a zone")
