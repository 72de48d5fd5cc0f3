"""Build the verbs of the command line: each parses its words, calls a function and returns lines to print."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from data.inbound import SetAsides

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True)
class LinesWithAside:
    """The lines to print, with what was set aside while they were made."""

    lines: Iterable[str]
    aside: "SetAsides"


@dataclass(frozen=True)
class LinesWithCode:
    """The lines to print, and the exit code that they mean."""

    lines: Iterable[str]
    code: int


@dataclass(frozen=True)
class LinesThenCode:
    """The lines to print as they come, and what returns the exit code once all of them were printed."""

    lines: Iterable[str]
    code: Callable[[], int]


Told: TypeAlias = Iterable[str] | LinesWithAside | LinesWithCode | LinesThenCode | int | None
"""What a verb returns: the lines to print, or its exit code where it printed by itself."""


class WrongOptions(ValueError):
    """Options that are missing, or do not go together."""


def add_group(verbs: Verbs, name: str, purpose: str, *, of: str) -> Verbs:
    """Add a verb that is followed by a name; `of` says in capitals what is named."""
    group = verbs.add_parser(name, help=purpose, description=purpose)
    return group.add_subparsers(metavar=of, required=True)


def add_verb(
    verbs: Verbs,
    name: str,
    run: Callable[[argparse.Namespace], Told],
    purpose: str,
    *,
    more: str = "",
    other_spellings: Sequence[str] = (),
) -> argparse.ArgumentParser:
    """Add a verb; `run` is kept in the parsed options, and `more` stands in the verb's own help alone."""
    verb = verbs.add_parser(name, help=purpose, description=f"{purpose} {more}".strip())
    verb.set_defaults(run=run)
    for spelling in other_spellings:
        # Not as an alias of argparse, which the help would list.
        verbs.choices[spelling] = verb
    return verb


def given_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was given by name; an option whose default is argparse.SUPPRESS is not there otherwise.

    So a default can stay with the function that takes it, its only home.
    """
    return {name: value for name, value in vars(options).items() if name != "run"}


def require(given: object, message: str) -> None:
    """Raise WrongOptions unless something was given."""
    if not given:
        raise WrongOptions(message)
