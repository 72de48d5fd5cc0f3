"""A name that stands twice in one object is found, though a text without any is not parsed twice."""

import json
from pathlib import Path

import pytest

from data import case as case_module
from data.case import InvalidCase, read_case

CASE = json.loads(Path("data/demo/cases.json").read_text(encoding="utf-8"))[0]["case"]
TEXT = json.dumps(CASE)


def test_a_plain_case_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_module, "parse_each_name_once", lambda _: pytest.fail("it was parsed again"))

    assert read_case(TEXT) == read_case(TEXT.encode())


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        ('"sku":', '"sku": "OTHER", "sku":'),
        ('"sku":', '"sku" : "OTHER", "sku" :'),
        ('"sku":', '"sku"\n: "OTHER", "sku":'),
        ('"sku":', '"sk\\u0075": "OTHER", "sku":'),
        ('"as_of":', '"as_of": "2020-01-01T00:00:00Z", "as_of":'),
        ('"currency":', '"currency": "USD", "currency":'),
    ],
)
def test_a_name_that_stands_twice_is_refused_however_it_is_written(once: str, twice: str) -> None:
    assert once in TEXT

    with pytest.raises(InvalidCase, match="the name stands twice in one object"):
        read_case(TEXT.replace(once, twice, 1))


@pytest.mark.parametrize("name", ['a":b', "a : b", "x\\"])
def test_what_only_looks_like_a_name_is_no_second_one(name: str) -> None:
    text = json.dumps(CASE | {"rma": CASE["rma"] | {"category": name}})

    assert read_case(text).rma.category == name


def test_names_with_a_space_before_the_colon_are_read() -> None:
    assert read_case(TEXT.replace('":', '" :')) == read_case(TEXT)
