"""The station speaks one language: that which its page declares, whoever wrote the text."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from serving.disposition.policy import DEFAULT_POLICY

# Words that hardly a sentence does without, and that no other of these languages has.
TELLING = {
    "en": {"the", "of", "and", "is", "not", "it", "with", "this", "what", "to"},
    "fr": {"le", "les", "des", "est", "une", "pas", "avec", "vous", "dans", "pour"},
    "de": {"der", "das", "und", "ist", "nicht", "eine", "mit", "auf", "den", "zu"},
    "es": {"el", "los", "una", "con", "para", "del", "por", "está", "las", "y"},
}
STATION = Path("serving/station")
PYTHON = ("data/condition.py", "serving/wording.py", "serving/disposition/*.py", "serving/http/problems.py")
POLICY = f"serving/disposition/policies/{DEFAULT_POLICY}.yaml"
REASONS = "serving/fraud/policies/fraud-reasons-2.yaml"


class Page(HTMLParser):
    """Collect the language of a page and its texts."""

    def __init__(self) -> None:
        super().__init__()
        self.language: str | None = None
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = dict(attrs).get("lang")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(clone: Path) -> Page:
    page = Page()
    page.feed((clone / STATION / "index.html").read_text(encoding="utf-8"))
    return page


def texts_of(clone: Path) -> dict[str, str]:
    """Return what an operator may read, by the file that it stands in."""
    texts = {f"{STATION}/index.html": page_of(clone).texts}
    for script in (clone / STATION).glob("*.js"):
        texts[f"{STATION}/{script.name}"] = texts_of_script(script.read_text(encoding="utf-8"))
    for module in (path for pattern in PYTHON for path in clone.glob(pattern)):
        texts[str(module.relative_to(clone))] = texts_of_module(module.read_text(encoding="utf-8"))
    policy = yaml.safe_load((clone / POLICY).read_text(encoding="utf-8"))
    steps = [text for several in policy["next_steps"].values() for text in several]
    texts[POLICY] = [*steps, *policy["customer_texts"].values()]
    texts[REASONS] = list(texts_under(yaml.safe_load((clone / REASONS).read_text(encoding="utf-8"))))
    return {name: " ".join(several) for name, several in texts.items()}


def texts_under(node: Any) -> Iterator[str]:
    """Find every text of a file, however deep it lies."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for inside in node:
            yield from texts_under(inside)
    elif isinstance(node, str):
        yield node


def texts_of_script(code: str) -> list[str]:
    without_comments = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", code, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"[\"`]([^\"`\n]* [^\"`\n]*)[\"`]", without_comments)


def texts_of_module(code: str) -> list[str]:
    tree = ast.parse(code)
    plain = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in plain
    ]


def languages_in(text: str) -> set[str]:
    words = set(re.findall(r"\w+", text.lower()))
    return {language for language, telling in TELLING.items() if words & telling}


def test_every_text_of_the_station_is_in_the_language_of_its_page(clone: Path) -> None:
    """A translated page whose steps, instructions or scripts were forgotten would speak two languages.

    A second language needs a home for the texts of each first, and then this test for each of the homes.
    """
    declared = page_of(clone).language
    spoken = {name: languages_in(text) for name, text in texts_of(clone).items()}
    other = sorted(name for name, found in spoken.items() if declared and found - {declared})

    assert declared in TELLING, f"add words that tell {declared!r} to TELLING"
    assert not other, f"the page is in {declared!r}, and these texts are not: {', '.join(other)}"
    assert sum(declared in found for found in spoken.values()) > 10
