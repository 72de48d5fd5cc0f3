"""What texts name is there: modules, files, commands and targets, in documents and in code."""

import contextlib
import io
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from regrade import parser

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
CODE = ("*.py", "*.yaml", "*.json", "*.js", "*.css", "*.toml", "*.ipynb", "Makefile", ".ci/*")
PATH = re.compile(r"(?<![\w/.~-])((?:data|features|serving|training|models|tests|docs|notebooks)/[\w./-]+\w)")
MODULE = re.compile(r"(?<![\w/.])((?:data|features|serving|training)(?:\.[a-z_]\w*)+)(?![\w/(])")

# Files whose bytes stand in releases and decisions: what they name is as it was when they were written.
FROZEN = {"features/case/case_contract.yaml", "features/photo/quality.json"}
# What an installation makes, and a path below another folder than the root.
MADE = {"tests/javascript/node_modules"}
BELOW = {"features/photo/half-red.heic": "tests"}


@cache
def tracked(clone: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "-C", str(clone), "ls-files"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("which files belong to the project is asked of git: this is no clone")
    return listed.stdout.splitlines()


def documents(clone: Path) -> Iterator[Path]:
    for pattern in DOCUMENTS:
        yield from sorted(clone.glob(pattern))


def code(clone: Path) -> Iterator[Path]:
    own = (Path(name) for name in tracked(clone) if not name.startswith(("models/", "docs/")))
    for path in own:
        if any(path.match(pattern) for pattern in CODE) and path.name != "package-lock.json":
            yield clone / path


def commands_in(text: str, start: str) -> Iterator[str]:
    """Return each command of a document, in blocks and within sentences, without its comment."""
    joined = re.sub(r"\\\n\s*", " ", text)
    yield from re.findall(rf"^ {{4}}({start}[^#|\n]*)", joined, flags=re.MULTILINE)
    yield from re.findall(rf"`({start}[^`]*)`", joined)


def has_module(clone: Path, dotted: str) -> bool:
    """Return whether a dotted name is a module of a room, or a name that such a module mentions."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        folder = clone.joinpath(*parts[:count])
        module = folder.with_suffix(".py") if folder.with_suffix(".py").is_file() else folder / "__init__.py"
        if module.is_file():
            return count == len(parts) or parts[count] in re.findall(
                r"\w+", module.read_text(encoding="utf-8")
            )
    return False


def is_taken(command: str) -> bool:
    """Return whether regrade takes a command, which in a sentence may lack what its verb needs."""
    said = io.StringIO()
    # `regrade study NAME` speaks of all of them; any will do.
    words = shlex.split(command.replace(" NAME", " risk"))[1:]
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            parser().parse_args(words)
    except SystemExit as ended:
        return ended.code == 0 or "arguments are required" in said.getvalue()
    return True


def test_every_module_that_a_document_names_is_there(clone: Path) -> None:
    named = [
        (document.name, word)
        for document in documents(clone)
        for word in re.findall(r"`([\w.]+)`", document.read_text(encoding="utf-8"))
        if MODULE.fullmatch(word)
    ]

    assert [(document, word) for document, word in named if not has_module(clone, word)] == []


def test_every_file_that_a_document_names_alone_is_somewhere(clone: Path) -> None:
    names = {Path(name).name for name in tracked(clone)}
    named = [
        (document.name, word)
        for document in documents(clone)
        for word in re.findall(r"`([\w.-]+\.(?:py|js|css|html|yaml|json|md))`", document.read_text("utf-8"))
    ]

    assert len(named) > 20
    assert [(document, word) for document, word in named if word not in names] == []


def test_every_path_that_code_names_is_there(clone: Path) -> None:
    named = [
        (str(path.relative_to(clone)), word)
        for path in code(clone)
        for word in PATH.findall(path.read_text(encoding="utf-8"))
        if not any(word.startswith(made) for made in MADE)
    ]
    missing = [(path, word) for path, word in named if not (clone / BELOW.get(word, "") / word).exists()]

    assert len(named) > 30
    assert [(path, word) for path, word in missing if path not in FROZEN] == []


def test_every_module_that_a_comment_or_a_text_names_is_there(clone: Path) -> None:
    lines = (
        (str(path.relative_to(clone)), line)
        for path in code(clone)
        if path.suffix == ".py"
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith("#")
    )
    named = [(path, word) for path, line in lines for word in MODULE.findall(line)]

    assert [(path, word) for path, word in named if not has_module(clone, word)] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_command_of_a_document_is_one_that_regrade_takes(clone: Path, document: str) -> None:
    commands = list(commands_in((clone / document).read_text(encoding="utf-8"), "regrade "))

    assert commands
    assert [command for command in commands if not is_taken(command)] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_target_of_a_document_is_one_that_make_has(clone: Path, document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (clone / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = [
        command.split()[1] for command in commands_in((clone / document).read_text(encoding="utf-8"), "make ")
    ]

    assert asked
    assert [target for target in asked if target not in targets and "=" not in target] == []
