"""`regrade decide`: decide what happens to one return, and keep the decision."""

import argparse
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from data.device import View
from serving.commands.command_line import tell
from serving.commands.options import add_record, add_views, file_named, file_or_stdin, settings_of, views_of
from serving.commands.parser import Told, Verbs, add_verb

if TYPE_CHECKING:
    from serving.settings import Settings


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(
        verbs, "decide", _run, "Decide what happens to one return, keep the decision and print it as JSON."
    )
    verb.add_argument(
        "--case",
        type=file_or_stdin,
        required=True,
        metavar="CASE.json",
        help="This file holds the return's one case; - stands for stdin.",
    )
    verb.add_argument(
        "photos", nargs="*", type=file_named, metavar="PHOTO", help="These photos show the device."
    )
    add_views(verb)
    add_record(verb)


def decide_line(
    case: Path | BinaryIO,
    photos: Sequence[Path],
    *,
    views: Sequence[View] | None,
    settings: "Settings",
    clock: Callable[[], datetime],
) -> str:
    """Decide what happens to one return, keep the decision in the record, and return it as one JSON line.

    Raises what /v1/decide refuses: InvalidCase, BadPhoto, WrongPhotoCount and UnknownCurrency.
    """
    from data.inbound import SetAsides, read_only_line
    from serving.commands.photo_files import naming_files, read_files
    from serving.http.answers import decision_values, json_text
    from serving.pipeline import DecisionRequest
    from serving.record.photo_store.sent_photo import SentPhoto
    from serving.startup import open_pipeline

    read = read_only_line(case, tell=lambda note: tell(f"note: {note}"), aside=SetAsides())
    for note in read.notes:
        tell(f"note: {note}")
    asked = DecisionRequest(
        read,
        tuple(map(SentPhoto, [photo.name for photo in photos], read_files(photos))),
        None if views is None else tuple(views),
    )
    pipeline = open_pipeline(settings, clock=clock, new_id=lambda: uuid.uuid4().hex)
    try:
        with naming_files(photos):
            return json_text(decision_values(pipeline.decide(asked).kept.decision, read.notes))
    finally:
        pipeline.record.close()


def _run(options: argparse.Namespace) -> Told:
    settings, clock = settings_of(options), partial(datetime.now, UTC)
    line = decide_line(options.case, options.photos, views=views_of(options), settings=settings, clock=clock)
    return [line]
