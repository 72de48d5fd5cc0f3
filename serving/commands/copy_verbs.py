"""`regrade backup` and `regrade restore`: copy a record into a file, and a file into a record."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from serving.commands.options import add_record, settings_of
from serving.commands.parser import Told, Verbs, add_verb

if TYPE_CHECKING:
    from serving.record.chain.finding import Verification


def add_to(verbs: Verbs) -> None:
    """Add both verbs with their options."""
    backup = add_verb(
        verbs,
        "backup",
        _back_up,
        "Copy a record into a file while the service goes on, and verify the copy.",
        more="The file is a record in SQLite, whatever database it came from: it can be verified and served.",
    )
    backup.add_argument("--to", type=Path, required=True, metavar="FILE", help="The copy becomes this file.")
    add_record(backup)
    restore = add_verb(
        verbs, "restore", _restore, "Copy what `regrade backup` wrote into an empty database, and verify it."
    )
    restore.add_argument(
        "--from", dest="backup", type=Path, required=True, metavar="FILE", help="This file is the copy."
    )
    add_record(restore)


def _back_up(options: argparse.Namespace) -> Told:
    from serving.record.copying import back_up, count_rows
    from serving.record.opening import open_unchanged

    url = settings_of(options).record_url
    engine = open_unchanged(url)
    total = count_rows(engine)
    engine.dispose()
    with _shown("Copying the record", total) as progress:
        found = back_up(url, options.to, progress)
    return [_line(found, f"backed up to {options.to}")]


def _restore(options: argparse.Namespace) -> Told:
    from serving.record.copying import count_rows, restore
    from serving.record.opening import open_unchanged

    engine = open_unchanged(f"sqlite:///{options.backup}")
    total = count_rows(engine)
    engine.dispose()
    with _shown("Restoring the record", total) as progress:
        found = restore(options.backup, settings_of(options).record_url, progress)
    return [_line(found, f"restored from {options.backup}")]


@contextmanager
def _shown(what: str, total: int) -> Iterator[Callable[[int], object]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(transient=True, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def _line(found: "Verification", what: str) -> str:
    entries = found.entries + found.unsealed
    return f"{what}: {entries} entries up to {found.link_sha256}, and every one verifies"
