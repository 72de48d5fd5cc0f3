"""Find the first errors of a message that may be junk, at a cost that its bytes bound.

The long lists of a message end at their first wrong item (pydantic's FailFast): to find every error there is
takes junk a hundred times as long as a good message of its size. What a person can read of the others is
looked for here, item by item.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data.excerpt import MOST_LINES

Errors: TypeAlias = tuple[list[ErrorDetails], int]
"""Errors in the order of the fields, and how many more there are at least."""


@dataclass(frozen=True)
class LongList:
    """A list of a message: its path, what its items are, and how many there may be."""

    path: tuple[str, ...]
    item: type[BaseModel]
    most: int


def first_errors(
    error: ValidationError, text: str | bytes, model: type[BaseModel], lists: Sequence[LongList]
) -> Errors:
    """Return what is wrong with a message, as far as MOST_LINES lines can tell it."""
    if error.error_count() <= MOST_LINES:
        details = error.errors(include_url=False)
        if not any(map(_is_in_list, details)):
            return details, 0
    return _search(json.loads(text), model, lists)


def _search(value: Any, model: type[BaseModel], lists: Sequence[LongList]) -> Errors:
    names = _names_of(model)
    items = [(one, found) for one in lists if 0 < len(found := _list_at(value, one.path)) <= one.most]
    details, unlisted = _errors_of(model, _without(value, [one.path for one, _ in items]), names)
    for one, found in items:
        wrong, more = _errors_of_items(one, found, names)
        details += wrong
        unlisted += more
    if any(map(_is_in_list, details)):
        # Of the message as a whole pydantic speaks only where its parts are right.
        details = [detail for detail in details if detail["loc"]]
    parents = {one.path[0] for one in lists if len(one.path) > 1}
    details.sort(key=lambda detail: _place(detail["loc"], names, parents))
    return details[:MOST_LINES], unlisted + max(0, len(details) - MOST_LINES)


def _errors_of_items(one: LongList, found: Iterable[Any], names: Mapping[str, int]) -> Errors:
    details: list[ErrorDetails] = []
    unlisted = 0
    for index, item in enumerate(found):
        wrong, more = _errors_of(one.item, item, names)
        for detail in wrong:
            details.append({**detail, "loc": (*one.path, index, *detail["loc"])})
        unlisted += more
        # The items behind are not looked at any more, and not counted.
        if len(details) > MOST_LINES:
            break
    return details, unlisted


def _errors_of(model: type[BaseModel], value: Any, names: Mapping[str, int]) -> Errors:
    error, left_out = _error_of(model, value), 0
    if error and error.error_count() > MOST_LINES:
        few, left_out = _with_few_unknown(value, names)
        error = _error_of(model, few)
    return (error.errors(include_url=False) if error else []), left_out


def _error_of(model: type[BaseModel], value: Any) -> ValidationError | None:
    try:
        model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        return error
    return None


def _with_few_unknown(value: Any, names: Mapping[str, int]) -> tuple[Any, int]:
    """Return a message with at most MOST_LINES fields of unknown names, and how many are left out."""
    unknown = 0

    def thin(part: Any) -> Any:
        nonlocal unknown
        if not isinstance(part, dict):
            return part
        kept = {}
        for name, inner in part.items():
            if name in names:
                kept[name] = thin(inner)
                continue
            unknown += 1
            if unknown <= MOST_LINES:
                kept[name] = None
        return kept

    return thin(value), max(0, unknown - MOST_LINES)


@cache
def _names_of(model: type[BaseModel]) -> dict[str, int]:
    """Return the name of every field of a message and of its parts, with its place; its own come first."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    names = dict.fromkeys(name for part in parts for name in part.get("properties", ()))
    return {name: place for place, name in enumerate(names)}


def _list_at(value: Any, path: Iterable[str]) -> list[Any]:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _without(value: Any, paths: Iterable[tuple[str, ...]]) -> Any:
    """Return a message in which the lists at these paths are empty."""
    for name, *rest in paths:
        value = {**value, name: _without(value[name], [tuple(rest)]) if rest else []}
    return value


def _is_in_list(detail: ErrorDetails) -> bool:
    return any(isinstance(part, int) for part in detail["loc"])


def _place(loc: tuple[int | str, ...], names: Mapping[str, int], parents: Iterable[str]) -> tuple[int, ...]:
    """Return where pydantic tells an error: field by field, and what it knows no name of last."""
    return tuple(names.get(str(part), len(names)) for part in loc[: 2 if loc[:1] and loc[0] in parents else 1])
