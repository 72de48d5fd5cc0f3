"""A value is what its type says or is refused in our words, and the published schema asks for the same."""

import json
import re
import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from data.case import explain
from data.money import Amount
from data.rma import AccountInstant, Imei
from data.strict import (
    TEXT_PATTERN,
    Flag,
    Identifier,
    Instant,
    Name,
    Number,
    Serial,
    WeightGrams,
    Wholes,
    writable,
)
from tests.data.schema_walk import MODELS, require_own_words, schemas_within

Days = Annotated[int, Wholes(0, 3650)]

GOOD: list[tuple[Any, Any]] = [
    (Instant, "2026-08-31T09:15:00Z"),
    (Instant, "2026-08-31 09:15+02:00"),
    (Instant, "2026-08-31t09:15:00.123456789-0500"),
    (Instant, "2000-01-01T00:00:00Z"),
    (Instant, "2099-12-31T23:59:59.999Z"),
    (AccountInstant, "1994-07-05T00:00:00Z"),
    (Number, 3),
    (Number, -0.5),
    (Amount, 0),
    (Amount, 0.01),
    (WeightGrams, 0),
    (WeightGrams, 0.1),
    (WeightGrams, None),
    (Days, 30),
    (Days, 30.0),
    (Flag, True),
    (Name, "Zürich, 佐藤 – «Ωmega» 📦"),
    (Name, "x" * 100),
    (Identifier, "RMA-1/2"),
    (Serial, "Serial No. KT4V-70B9"),
    (Imei, "35-209900-176148-1"),
    (Imei, "352099001761481 / 01"),
    (Imei, "AF0123450ABCDE"),
]
# A moment is a text: neither numbers nor anything else of JSON is taken for one.
NO_TEXTS: list[Any] = [1788079200, 1788079200.5, True, None, [], {}]
BAD: list[tuple[Any, Any]] = [
    *(
        (Instant, text)
        for text in ("20260831", "1788079200", "2026-08-31", "2026-08-31T09:15:00", "2026-W36-1")
    ),
    *(
        (Instant, text)
        for text in ("2026-02-30T00:00:00Z", "2026-08-31T25:00:00Z", "2026-08-31_09:15:00Z", "")
    ),
    *(
        (Instant, text)
        for text in ("1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00")
    ),
    *((Instant, value) for value in NO_TEXTS),
    (AccountInstant, "1970-01-01T00:00:00Z"),
    *((Number, value) for value in (True, "412.0", "300,50", "", None, [1])),
    *((Amount, value) for value in (-1, 1e-320, 1_000_001, True)),
    *((WeightGrams, value) for value in (-1, 1e-320, 0.05, 100_001, True, False, "0")),
    *((Days, value) for value in (30.5, True, "30", -1, 3651, 10**30, None)),
    *((Flag, value) for value in (1, 0, "true", "yes", None)),
    *(
        (Name, text)
        for text in ("", "  ", "a\0b", "a\tb", "a\nb", "a\x85b", "a\u200bb", "a\u202eb", "a\u2028b")
    ),
    *((Name, text) for text in ("a\ufeffb", "x" * 101, 7, None)),
    *((Identifier, text) for text in ("", "a b", "é", "a\x7f", "x" * 65)),
    *((Serial, text) for text in ("", "KT\u200b4V", "KT\t4V", "Ⅳ70B9", "x" * 65)),
    *(
        (Imei, text)
        for text in ("", "35209900176", "35209900176148123", "35209900176148X", "3520990_0176148")
    ),
]


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_value_of_its_kind_is_read_alike_from_json_and_in_code(kind: Any, value: Any) -> None:
    adapter = TypeAdapter(kind)

    assert adapter.validate_json(json.dumps(value)) == adapter.validate_python(value)


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_what_only_looks_like_it_is_refused_in_our_words(kind: Any, value: Any) -> None:
    adapter = TypeAdapter(kind)
    for read in (lambda: adapter.validate_python(value), lambda: adapter.validate_json(json.dumps(value))):
        with pytest.raises(ValidationError) as refused:
            read()
        for line in explain(refused.value):
            require_own_words(line)


# Bounds of times and what is no date can't be said in JSON Schema, and a format is a hint only.
BEYOND_SCHEMA = {"2026-02-30T00:00:00Z", "2026-08-31T25:00:00Z", "  "}


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_the_schema_allows_what_is_read(kind: Any, value: Any) -> None:
    assert is_allowed(kind, value)


@pytest.mark.parametrize(("kind", "value"), [pair for pair in BAD if pair[1] not in ("", *BEYOND_SCHEMA)])
def test_the_schema_forbids_what_is_refused(kind: Any, value: Any) -> None:
    is_bound = isinstance(value, str) and re.match(r"(0001|1970|1999|2100)-", value)

    assert bool(is_bound) or value == 1e-320 or not is_allowed(kind, value)


def is_allowed(kind: Any, value: Any) -> bool:
    return Draft202012Validator(TypeAdapter(kind).json_schema()).is_valid(value)


def test_text_holds_no_control_or_format_character_of_unicode() -> None:
    unseen = {"Cc", "Cf", "Zl", "Zp"}
    pattern = re.compile(TEXT_PATTERN)
    # Some places beside the tags are reserved for more of them.
    reserved = {*range(0x2060, 0x2070), *range(0x13430, 0x13440), *range(0xE0000, 0xE0080)}

    for code in [*range(0xD800), *range(0xE000, 0x110000)]:
        is_unseen = unicodedata.category(chr(code)) in unseen
        if is_unseen or code not in reserved:
            assert bool(pattern.match(chr(code))) is not is_unseen, hex(code)


@given(st.text(max_size=98))
def test_a_name_is_read_just_if_it_hides_nothing(text: str) -> None:
    has_unseen = any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in text)

    assert is_read(Name, f"a{text}b") is not has_unseen


def is_read(kind: Any, value: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_becomes_writable_and_whole_text_stays(text: str) -> None:
    found = writable(text)

    assert found.encode().decode() == found
    assert writable(found) == found
    if not any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        assert found == text


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_model_takes_a_number_a_flag_or_a_time_for_another(model: Any) -> None:
    for schema in schemas_within(model.__pydantic_core_schema__):
        if schema["type"] in {"float", "bool"}:
            assert schema.get("strict"), f"{model.__name__} has a {schema['type']} that takes others"
        if schema["type"] == "datetime":
            assert {"ge", "lt"} <= schema.keys(), f"{model.__name__} has a time without bounds"


@pytest.mark.parametrize("text", ["1_0", "+5", " 5", "5.0", "٥", "", "1e2", "9" * 19])
def test_a_number_in_a_query_is_written_in_digits(text: str) -> None:
    with pytest.raises(ValidationError, match="give a whole number in digits"):
        TypeAdapter(Annotated[int, Wholes(1, 200, from_digits=True)]).validate_python(text)


@pytest.mark.parametrize(
    ("pasted", "read"),
    [
        ("\uff2b\uff34\uff14\uff36", "KT4V"),
        ("KT4V\u201170", "KT4V-70"),
        ("KT4V\u00a070", "KT4V 70"),
        (" KT4V ", "KT4V"),
    ],
)
def test_a_serial_is_spelled_as_the_label_has_it(pasted: str, read: str) -> None:
    assert TypeAdapter(Serial).validate_python(pasted) == read
    assert TypeAdapter(Serial).validate_json(json.dumps(pasted)) == read


def test_an_imei_is_spelled_as_the_label_has_it() -> None:
    assert TypeAdapter(Imei).validate_python(" \uff13\uff152099\u2013001761481 ") == "352099-001761481"
