"""`regrade forget`: erase what is held of a customer or a return, or whatever is past its time."""

import argparse
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serving.commands.options import add_record, settings_of
from serving.commands.parser import Told, Verbs, add_verb

if TYPE_CHECKING:
    from serving.record.forget import Forgotten, Whom
    from serving.settings import Settings

MORE = """\
Decisions, overrides, events and notes of a customer or a return are erased with their photos. The figures
stay, and the record verifies as before. How erasure reaches backups says docs/operations/photos.md."""


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(verbs, "forget", _run, "Erase what is held of a customer or a return.", more=MORE)
    whom = verb.add_mutually_exclusive_group(required=True)
    whom.add_argument("--customer", metavar="ID", help="Erase all returns of this customer.")
    whom.add_argument("--rma", metavar="ID", help="Erase this return.")
    whom.add_argument(
        "--expired",
        action="store_true",
        help="Take away photos past their term and those that nobody names, as the service does by itself.",
    )
    verb.add_argument(
        "--reason",
        default="the customer asked for it",
        metavar="TEXT",
        help="The record keeps why (default: %(default)s).",
    )
    add_record(verb)


def forget_lines(
    whom: "Whom | None", *, reason: str, settings: "Settings", clock: Callable[[], datetime]
) -> Iterator[str]:
    """Erase, and yield a line that says what; without anybody named, what is past its time.

    Raises what opening a record and its photos raises, and what these raise where they can't be used.
    """
    from serving.record.forget import forget
    from serving.record.photo_store.photo_store import PhotoStore
    from serving.record.photo_store.retention import read_retention
    from serving.record.photo_store.sweep import sweep
    from serving.record.photo_store.uploads import Uploads
    from serving.record.record import Record

    store, retention = (
        PhotoStore.open(settings.photos_url, settings.photo_keys),
        read_retention(settings.retention),
    )
    uploads = Uploads(store, retention, clock)
    record = Record.open(settings.record_url, lambda: uuid.uuid4().hex)
    try:
        if whom is None:
            yield str(sweep(record.engine, store, uploads, retention, clock()))
        else:
            yield from _told(forget(record, store, uploads, whom, reason=reason, at=clock()))
    finally:
        record.close()


def _run(options: argparse.Namespace) -> Told:
    from serving.record.forget import Whom

    whom = None if options.expired else Whom(options.customer, options.rma)
    return forget_lines(
        whom, reason=options.reason, settings=settings_of(options), clock=lambda: datetime.now(UTC)
    )


def _told(forgotten: "Forgotten") -> Iterator[str]:
    decisions, pictures = len(forgotten.decisions), forgotten.pictures
    yield f"decisions: {decisions}, parts of rows: {forgotten.parts}, pictures: {pictures}"
    if forgotten.still_named:
        yield f"pictures that stay, because decisions of other returns name them: {forgotten.still_named}"
