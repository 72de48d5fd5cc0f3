"""Turn the numbers of the simulated world into the names that its tables and cases use."""

from collections.abc import Iterable

import numpy as np

from data.case_columns import Codes, Floats


def identifiers(prefix: str, numbers: Codes) -> list[str]:
    """Return the name of each number: C17, A20000000003."""
    return [f"{prefix}{number}" for number in numbers.tolist()]


def rma_ids(numbers: Codes) -> list[str]:
    """Return the name of each return: R00000017."""
    return [f"R{number:08d}" for number in numbers.tolist()]


def instants(seconds: Floats) -> list[str | None]:
    """Return seconds since 1970 as ISO 8601 in UTC; None for NaN."""
    known = ~np.isnan(seconds)
    texts = np.datetime_as_string(np.where(known, seconds, 0).astype("datetime64[s]")).tolist()
    return [f"{text}Z" if is_known else None for text, is_known in zip(texts, known.tolist(), strict=True)]


def picked(names: Iterable[str], codes: Codes) -> list[str | None]:
    """Return the name of each code; None for -1."""
    known = list(names)
    return [known[code] if code >= 0 else None for code in codes.tolist()]


def numbers(values: Floats) -> list[float | None]:
    """Return each number, None for NaN."""
    return [None if value != value else value for value in values.tolist()]
