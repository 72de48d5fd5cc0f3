"""The elements that the page's scripts ask for are in its markup, and are what their types say."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[3]
STATION = HOUSE / "serving" / "station"
# What TypeScript calls the elements of these tags, where it is not HTML, the tag and Element.
NAMES = {"textarea": "HTMLTextAreaElement", "fieldset": "HTMLFieldSetElement"}


class Ids(HTMLParser):
    """Collect which tag each id of a page is on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags |= {value: tag for name, value in attrs if name == "id" and value}


@pytest.fixture(scope="module")
def tags() -> dict[str, str]:
    page = Ids()
    page.feed((STATION / "index.html").read_text(encoding="utf-8"))
    return page.tags


def test_every_element_that_a_script_asks_for_is_in_the_markup(tags: dict[str, str]) -> None:
    asked = {
        name
        for script in STATION.glob("*.js")
        for name in re.findall(r'byId\("([\w-]+)"\)', script.read_text())
    }

    assert len(asked) > 20
    assert sorted(asked - tags.keys()) == []


def test_every_element_is_of_the_type_that_the_scripts_take_it_for(tags: dict[str, str]) -> None:
    declared = (HOUSE / "tests" / "javascript" / "page.d.ts").read_text(encoding="utf-8")
    types = dict(re.findall(r'^  "([\w-]+)": (\w+);$', declared, re.MULTILINE))

    assert len(types) > 5
    assert types == {name: NAMES.get(tags[name], f"HTML{tags[name].title()}Element") for name in types}
