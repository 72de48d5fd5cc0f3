"""What the documents name is there: files, tests, links, and a line in the index for every decision."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.http.openapi import describe_service

# CHANGELOG.md and the cards of models tell what was: names in them may be gone.
LIVING = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
ROOMS = ("data", "features", "serving", "training", "models", "tests", "docs", "notebooks", ".ci")
PARTS_OF_A_DECISION = ("**Context.**", "**Decision.**", "**Consequences.**", "**Tried.**", "**Stands in**")


def living(clone: Path) -> Iterator[Path]:
    for pattern in LIVING:
        yield from sorted(clone.glob(pattern))


def words_in_code(text: str) -> list[str]:
    return re.findall(r"`([^`\s<>]+)`", text)


def test_every_file_that_a_document_names_is_there(clone: Path) -> None:
    named = [
        (document.name, word.removesuffix("/"))
        for document in living(clone)
        for word in words_in_code(document.read_text(encoding="utf-8"))
        if word.partition("/")[0] in ROOMS and "/" in word and not re.search(r"[*({$]", word)
    ]

    assert len(named) > 50
    assert [(document, path) for document, path in named if not (clone / path).exists()] == []


def test_every_test_that_a_document_names_is_there(clone: Path) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (clone / "tests").rglob("test_*.py"))
    named = [
        (document.name, word)
        for document in living(clone)
        for word in words_in_code(document.read_text(encoding="utf-8"))
        if re.fullmatch(r"test_\w+", word)
    ]

    assert named
    assert [(document, test) for document, test in named if f"def {test}(" not in tests] == []


def test_every_call_is_in_the_readme(clone: Path) -> None:
    readme = (clone / "README.md").read_text(encoding="utf-8")
    calls = [path.replace("{decision_id}", "{id}") for path in describe_service()["paths"]]

    assert [path for path in calls if path.startswith("/v1/") and not named_in(readme, path)] == []


def named_in(text: str, path: str) -> bool:
    return re.search(re.escape(path) + r"(?![\w/{])", text) is not None


def test_every_link_inside_the_documents_leads_somewhere(clone: Path) -> None:
    links = [
        (document, link)
        for document in [*living(clone), clone / "CHANGELOG.md"]
        for link in re.findall(r"\]\(([^)#\s]+)\)", document.read_text(encoding="utf-8"))
        if "://" not in link
    ]

    assert [(str(d), link) for d, link in links if not (d.parent / link).exists()] == []


def test_every_decision_is_in_the_index_under_its_own_title(clone: Path) -> None:
    folder = clone / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    titles = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in folder.glob("0*.md")}

    assert len(titles) >= 15
    for name, title in titles.items():
        number, _, words = title.removeprefix("# ").partition(". ")
        assert name.startswith(f"{int(number):04d}-")
        assert f"| [{int(number):04d}]({name}) | {words} |" in index


@pytest.mark.parametrize("part", PARTS_OF_A_DECISION)
def test_every_decision_has_all_its_parts(clone: Path, part: str) -> None:
    decisions = sorted((clone / "docs" / "adr").glob("00[01]?-*.md"))

    assert [path.name for path in decisions if part not in path.read_text(encoding="utf-8")] == []
