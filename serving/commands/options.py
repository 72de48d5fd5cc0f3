"""Define the options that several verbs share, and turn their words into values."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from data.device import View

if TYPE_CHECKING:
    from serving.settings import Settings

Name = TypeVar("Name", bound=StrEnum)


class UnknownName(ValueError):
    """A word given for an option that names nothing."""


class NoInput(argparse.ArgumentTypeError, ValueError):
    """A name stands for nothing that can be read."""


def add_views(verb: argparse.ArgumentParser) -> None:
    """Add `--views`."""
    verb.add_argument(
        "--views", metavar="VIEW,...", help="The photos show these views, in order: front_off,back, ..."
    )


def views_of(options: argparse.Namespace) -> list[View] | None:
    """Return the views given, None without any; raises UnknownName."""
    return None if options.views is None else [named(View, name) for name in options.views.split(",")]


def add_record(verb: argparse.ArgumentParser) -> None:
    """Add `--record`."""
    verb.add_argument(
        "--record", metavar="URL", help="Decisions are kept in this database: sqlite:///record.sqlite, ..."
    )


def settings_of(options: argparse.Namespace) -> "Settings":
    """Return the settings of the environment, with the record given; raises InvalidSetting."""
    from serving.settings import Settings

    settings = Settings.of()
    return settings if options.record is None else replace(settings, record_url=options.record)


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return the type of an option that takes a whole number from `least` to `most`."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return number


def named(kind: type[Name], name: str) -> Name:
    """Return the member of an enum that a word names; raises UnknownName."""
    try:
        return kind(name)
    except ValueError as error:
        raise UnknownName(f"{name!r} is not one of {', '.join(kind)}") from error


def file_named(name: str) -> Path:
    """Return the path of a name; raises NoInput for an empty one, which would be the folder here."""
    if not name:
        raise NoInput("'' names no file: give its name")
    return Path(name)


def file_or_stdin(name: str) -> Path | BinaryIO:
    """Return the file of a name, or the standard input for -; raises NoInput where that was closed."""
    if name != "-":
        return file_named(name)
    # Python has none where whoever started it had closed it.
    if sys.stdin is None:
        raise NoInput("- stands for the standard input, which is closed: name a file")
    return sys.stdin.buffer


def day(text: str) -> datetime:
    """Read a day, which begins by UTC, or a moment with its time zone, as the type of an option."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return instant(text)


def instant(text: str) -> datetime:
    """Read a moment with its time zone, as the type of an option."""
    from data.strict import END_OF_INSTANTS, FIRST_INSTANT

    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no time zone; write 2026-03-01T09:30:00Z")
    if not FIRST_INSTANT <= moment < END_OF_INSTANTS:
        years = f"{FIRST_INSTANT.year} to {END_OF_INSTANTS.year - 1}"
        raise argparse.ArgumentTypeError(f"{text} is not in the years {years}: correct it")
    return moment
