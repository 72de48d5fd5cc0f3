"""`regrade verify-record`: look for anything that was done to a record behind its back."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from serving.commands.options import add_record, settings_of
from serving.commands.parser import Told, Verbs, add_verb

if TYPE_CHECKING:
    from rich.progress import Progress
    from sqlalchemy import Engine

    from serving.record.chain.finding import Verification
    from serving.record.photo_store.photo_store import PhotoStore

MORE = """\
Reads the whole record once, while the service may go on, and prints a line for everything that was
changed, taken out, put in or moved, and for triggers that are gone. Exit codes: 0 nothing was found, 1
something was."""


class RecordChanged(RuntimeError):
    """Something was found in a record."""


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(
        verbs, "verify-record", _run, "Verify that nobody changed what the record holds.", more=MORE
    )
    add_record(verb)
    verb.add_argument(
        "--against",
        type=Path,
        metavar="ANCHOR",
        help="This file was written by --anchor before and kept elsewhere: it shows as well whether the end "
        "was cut off, or everything written anew.",
    )
    verb.add_argument(
        "--photos",
        action="store_true",
        help="Every kept photo that a decision names, and every file that one was taken with, is read as "
        "well, from where the service keeps them.",
    )
    verb.add_argument(
        "--anchor",
        type=Path,
        metavar="FILE",
        help="If nothing is found, write where the chain ends to this file.",
    )


def _run(options: argparse.Namespace) -> Told:
    from rich.console import Console
    from rich.progress import Progress

    from serving.record.chain.anchor import read_anchor
    from serving.record.chain.seal import seal_if_possible
    from serving.record.chain.verify import count_entries, verify
    from serving.record.opening import open_unchanged

    against = read_anchor(options.against) if options.against else None
    engine = open_unchanged(settings_of(options).record_url)
    try:
        seal_if_possible(engine)
        with Progress(transient=True, console=Console(stderr=True)) as progress:
            task = progress.add_task("Verifying the record", total=count_entries(engine))
            found = verify(engine, against=against, progress=lambda n: progress.update(task, completed=n))
            store = _store(options) if options.photos else None
            read = _verify_kept(options, engine, store, found, progress)
    finally:
        engine.dispose()
    return _lines(found, read, options.anchor)


def _store(options: argparse.Namespace) -> "PhotoStore":
    from serving.record.photo_store.photo_store import PhotoStore

    settings = settings_of(options)
    return PhotoStore.open(settings.photos_url, settings.photo_keys)


def _verify_kept(
    options: argparse.Namespace,
    engine: "Engine",
    store: "PhotoStore | None",
    found: "Verification",
    progress: "Progress",
) -> str:
    """Verify what decisions were taken with, and in a store the photos and files; say how many were read."""
    from serving.record.configurations.kept_files import KeptFiles
    from serving.record.configurations.verify_configurations import verify_configurations
    from serving.record.photo_store.retention import read_retention
    from serving.record.verify_photos import verify_photos

    if store is None:
        verify_configurations(engine, found)
        return ""
    files = verify_configurations(engine, found, KeptFiles(store.place))
    task = progress.add_task("Verifying the photos", total=None)
    photos = verify_photos(
        engine,
        store,
        read_retention(settings_of(options).retention),
        datetime.now(UTC),
        found,
        progress=lambda n: progress.update(task, completed=n),
    )
    return f"; {photos} kept photos and {files} files that decide were read"


def _lines(found: "Verification", read: str, anchor: Path | None) -> Iterator[str]:
    from serving.record.chain.anchor import Anchor, write_anchor
    from serving.record.moment import to_text

    yield from map(str, found.findings)
    unsealed = f", {found.unsealed} more are not sealed yet" if found.unsealed else ""
    erased = f"; {found.erased_parts} parts of rows are erased" if found.erased_parts else ""
    yield f"{found.entries} entries up to {found.link_sha256}{unsealed}{erased}{read}"
    if found.finding_count:
        things = "1 thing was" if found.finding_count == 1 else f"{found.finding_count} things were"
        raise RecordChanged(
            f"{things} found in the record: keep it as it is for whoever looks into it, and restore a backup "
            "elsewhere"
        )
    if anchor:
        write_anchor(Anchor(found.position, found.link_sha256, to_text(datetime.now(UTC))), anchor)
        yield f"anchor written to {anchor}: keep it where nobody who may write the record may write"
