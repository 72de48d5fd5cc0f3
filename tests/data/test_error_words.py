"""Whatever is wrong with a field is told in our own words: what was given, what is allowed, what to do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from data.case import OWN_WORDS, SENTENCES, ReturnCase, explain
from data.strict import PATTERN_TEXTS, Frozen, Instant, Number
from tests.data.schema_walk import MODELS, require_own_words, schemas_within

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def fields_of(
    schema: dict[str, Any], node: dict[str, Any], path: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every field of a JSON Schema, through lists and references."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    for option in node.get("anyOf", []):
        yield from fields_of(schema, option, path)
    if "items" in node:
        yield from fields_of(schema, node["items"], (*path, 0))
    for name, field in node.get("properties", {}).items():
        yield (*path, name)
        yield from fields_of(schema, field, (*path, name))


CASE_FIELDS = sorted(
    set(fields_of(ReturnCase.model_json_schema(), ReturnCase.model_json_schema(), ())), key=str
)


def nested(path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    inner = nested(path[1:], value)
    return [inner] if path[0] == 0 else {path[0]: inner}


@given(st.sampled_from(CASE_FIELDS), ANYTHING)
def test_anything_in_any_field_of_a_case_is_told_in_our_own_words(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        ReturnCase.model_validate_json(json.dumps(nested(path, value)))
    for line in explain(refused.value):
        require_own_words(line)


# Which errors each kind of schema of pydantic can raise, for the kinds that our types are made of.
RAISED: dict[str, set[str]] = {
    "str": {
        "string_type",
        "string_unicode",
        "string_too_short",
        "string_too_long",
        "string_pattern_mismatch",
    },
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "bool": {"bool_type", "bool_parsing"},
    "datetime": {"datetime_type", "datetime_parsing", "datetime_object_invalid", "datetime_from_date_parsing"}
    | {"timezone_aware"},
    "enum": {"enum"},
    "literal": {"literal_error"},
    "list": {"list_type", "too_short", "too_long"},
    "tuple": {"tuple_type", "too_short", "too_long"},
    "set": {"set_type", "too_short", "too_long"},
    "frozenset": {"frozen_set_type", "too_short", "too_long"},
    "dict": {"dict_type", "too_short", "too_long"},
    "model": {
        "model_type",
        "model_attributes_type",
        "extra_forbidden",
        "missing",
        "invalid_key",
        "json_invalid",
    },
    "model-fields": set(),
    "custom-error": {"instant_form"},
    "function-before": {"value_error", "digits", "instant_form"},
    "function-after": {"value_error"},
    **{
        kind: set()
        for kind in ("nullable", "default", "chain", "json-or-python", "definitions", "definition-ref")
    },
}
BOUNDS = {"gt": "greater_than", "ge": "greater_than_equal", "lt": "less_than", "le": "less_than_equal"}
ELSEWHERE = {"extra_forbidden", "missing", "string_pattern_mismatch", *OWN_WORDS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_error_that_a_model_can_raise_has_a_sentence(model: Any) -> None:
    for schema in schemas_within(model.__pydantic_core_schema__):
        kinds = RAISED[schema["type"]] | {kind for bound, kind in BOUNDS.items() if bound in schema}
        assert kinds <= SENTENCES.keys() | ELSEWHERE, schema["type"]
        if schema["type"] == "str" and schema.get("pattern"):
            assert schema["pattern"] in PATTERN_TEXTS


def test_bounds_are_told_with_their_values() -> None:
    class Box(Frozen):
        width: Annotated[Number, Field(ge=1.0, lt=10)]
        made: Instant

    with pytest.raises(ValidationError) as refused:
        Box.model_validate({"width": 12, "made": "1999-01-01T00:00:00Z"})

    assert explain(refused.value) == [
        "width: give less than 10 (given 12)",
        "made: give a time from 2000-01-01T00:00:00Z on (given '1999-01-01T00:00:00Z')",
    ]


@pytest.mark.parametrize(
    "time",
    ["2026-02-30T10:00:00Z", "2026-01-01T24:00:00Z", "2016-12-31T23:59:60Z", "2026-01-01T10:00:00+24:00"],
)
def test_a_time_that_does_not_exist_is_told_without_a_parsers_words(time: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Instant).validate_json(json.dumps(time))

    [line] = explain(refused.value, whole="time")
    assert "there is no such date or time: months have 01 to 12" in line
    assert "input" not in line


def test_a_moment_made_in_code_is_shown_as_it_is_written() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Instant).validate_python(datetime(1999, 12, 31, tzinfo=UTC))

    assert "(given 1999-12-31T00:00:00+00:00)" in explain(refused.value, whole="time")[0]
