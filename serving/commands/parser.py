"""Build verbs of the command line: each parses its words, calls one function and returns lines to print."""

import argparse
from collections.abc import Callable, Iterable
from typing import TypeAlias

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Told: TypeAlias = Iterable[str] | int | None
"""What a verb returns: the lines to print, or its exit code where it printed by itself."""


class WrongOptions(ValueError):
    """Options are missing, or do not go together."""


def add_group(verbs: Verbs, name: str, purpose: str) -> Verbs:
    """Add a verb that is followed by the name of a model."""
    group = verbs.add_parser(name, help=purpose)
    return group.add_subparsers(metavar="MODEL", required=True)


def add_verb(
    verbs: Verbs, name: str, run: Callable[[argparse.Namespace], Told], purpose: str
) -> argparse.ArgumentParser:
    """Add a verb; `run` is kept in the parsed options."""
    verb = verbs.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    verb.set_defaults(run=run)
    return verb


def require(given: object, message: str) -> None:
    """Raise WrongOptions unless something was given."""
    if not given:
        raise WrongOptions(message)
