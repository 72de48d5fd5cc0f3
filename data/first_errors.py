"""List the first errors of a message, in short, at a cost that its size bounds.

To describe every error that pydantic finds takes junk a hundred times as long as a good message of its size.
Here a list ends at its first wrong item (`fail_fast`); what a person can read of the others is looked for
item by item.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

MOST_CHARACTERS = 200
MOST_LINES = 50

Path: TypeAlias = tuple[str, ...]
Lists: TypeAlias = Mapping[Path, type[BaseModel]]
"""The long lists of a message: where each stands, and what its items are."""
Errors: TypeAlias = tuple[list[ErrorDetails], int]
"""Errors in the order of the fields, and how many more there are at least."""


def first_errors(error: ValidationError, text: str | bytes, model: type[BaseModel], lists: Lists) -> Errors:
    """Return what is wrong with a message, in at most MOST_LINES lines."""
    if error.error_count() <= MOST_LINES:
        details = error.errors(include_url=False)
        if not any(map(_is_in_list, details)):
            return details, 0
    return _search(json.loads(text), model, lists)


def excerpt(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text of at most `most` characters, without the middle of a longer one."""
    if len(text) <= most:
        return text
    tail = most // 4
    return f"{text[: most - tail - 5]} ... {text[-tail:]}"


def first_lines(lines: Sequence[str], most_characters: int | None = None) -> list[str]:
    """Return the first MOST_LINES lines, fewer if these have more characters, and at least one."""
    shown: list[str] = []
    left = most_characters
    for line in lines[:MOST_LINES]:
        if left is not None:
            left -= len(line)
            if shown and left < 0:
                break
        shown.append(line)
    return shown


def _search(value: Any, model: type[BaseModel], lists: Lists) -> Errors:
    names = _names_of(model)
    found = {path: _errors_of_items(path, item, _list_at(value, path), names) for path, item in lists.items()}
    wrong = [path for path, (details, _) in found.items() if details]
    details, unlisted = _errors_of(model, _without(value, wrong), names)
    for inner, more in found.values():
        details += inner
        unlisted += more
    if any(map(_is_in_list, details)):
        # Of the message as a whole pydantic speaks only where its parts are right.
        details = [detail for detail in details if detail["loc"]]
    parents = {path[0] for path in lists if len(path) > 1}
    details.sort(key=lambda detail: _place(detail["loc"], names, parents))
    return details[:MOST_LINES], unlisted + max(0, len(details) - MOST_LINES)


def _errors_of_items(
    path: Path, model: type[BaseModel], items: Iterable[Any], names: Mapping[str, int]
) -> Errors:
    details: list[ErrorDetails] = []
    unlisted = 0
    for index, item in enumerate(items):
        wrong, more = _errors_of(model, item, names)
        details += [{**detail, "loc": (*path, index, *detail["loc"])} for detail in wrong]
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


def _without(value: Any, paths: Iterable[Path]) -> Any:
    """Return a message in which the lists at these paths are empty."""
    for name, *rest in paths:
        value = {**value, name: _without(value[name], [tuple(rest)]) if rest else []}
    return value


def _is_in_list(detail: ErrorDetails) -> bool:
    return any(isinstance(part, int) for part in detail["loc"])


def _place(
    loc: tuple[int | str, ...], names: Mapping[str, int], parents: Collection[object]
) -> tuple[int, ...]:
    """Return where pydantic tells an error: field by field, and what it knows no name of last."""
    depth = 2 if loc and loc[0] in parents else 1
    return tuple(names.get(str(part), len(names)) for part in loc[:depth])
