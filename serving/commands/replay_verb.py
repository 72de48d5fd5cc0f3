"""`regrade replay`: take kept decisions again from what is kept, and say whether they come out the same."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from serving.commands.command_line import ExitCode
from serving.commands.options import add_record, settings_of, whole
from serving.commands.parser import LinesThenCode, Told, Verbs, add_verb, require

if TYPE_CHECKING:
    from serving.record.record import Record
    from serving.replay.chosen import Choice
    from serving.replay.replayed import Replayed
    from serving.settings import Settings

MORE = """\
Each is rebuilt from its case and photos by the releases, the policy and every other file that it was taken
with, which are kept beside the photos, and compared to the bit. Exit codes: 0 all are equal, 1 at least one
differs, 2 asked wrongly, 3 none differs, and of some what they were taken by was erased or never kept."""
# Of a decision that comes out otherwise altogether the first fields tell enough; --json tells all.
MOST_FIELDS = 12
MOST_DECISIONS = 1_000_000_000


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(
        verbs, "replay", _run, "Take kept decisions again and say whether they come out the same.", more=MORE
    )
    verb.add_argument("ids", nargs="*", metavar="ID", help="These decisions are taken again.")
    verb.add_argument("--all", action="store_true", help="Every decision of the record is.")
    verb.add_argument(
        "--sample", type=whole(1, MOST_DECISIONS), metavar="N", help="So many are, drawn from all of them."
    )
    verb.add_argument(
        "--seed",
        type=whole(0, MOST_DECISIONS),
        default=0,
        metavar="S",
        help="Another seed draws others (default: %(default)s).",
    )
    verb.add_argument("--json", action="store_true", help="A line of JSON is printed for each decision.")
    add_record(verb)


def _run(options: argparse.Namespace) -> Told:
    ways = [bool(options.ids), options.all, options.sample is not None]
    require(sum(ways) == 1, "name the decisions to take again, or give one of --all and --sample N")
    counts: Counter[str] = Counter()
    return LinesThenCode(_lines(options, _replayed(options), counts), lambda: _code(counts))


def _open_record(settings: "Settings") -> "Record":
    from serving.record.database.database import Database
    from serving.record.database.patience import read_patience
    from serving.record.opening import open_unchanged
    from serving.record.record import Record

    return Record(Database(open_unchanged(settings.record_url), read_patience()), str)


def _chosen(options: argparse.Namespace, record: "Record") -> "list[Choice]":
    from serving.replay.chosen import all_decisions, named_decisions, sampled

    if options.ids:
        return named_decisions(record, options.ids)
    choices = all_decisions(record)
    return choices if options.all else sampled(choices, options.sample, options.seed)


def _replayed(options: argparse.Namespace) -> "Iterator[Replayed]":
    from rich.console import Console
    from rich.progress import Progress

    from serving.record.photo_store.photo_store import PhotoStore
    from serving.replay.replay import Replay

    settings = settings_of(options)
    record = _open_record(settings)
    try:
        chosen = _chosen(options, record)
        photos = PhotoStore.open(settings.photos_url, settings.photo_keys)
        with Progress(transient=True, console=Console(stderr=True)) as progress:
            task = progress.add_task("Taking decisions again", total=len(chosen))
            for replayed in Replay(record, photos).run(chosen):
                progress.advance(task)
                yield replayed
    finally:
        record.close()


def _lines(
    options: argparse.Namespace, replayed: "Iterable[Replayed]", counts: Counter[str]
) -> Iterator[str]:
    for one in replayed:
        counts[one.outcome] += 1
        if options.json:
            yield json.dumps(_values(one), ensure_ascii=False)
        else:
            yield from _words(one)
    if not options.json and counts.total() != 1:
        told = ", ".join(f"{count} {_word(outcome)}" for outcome, count in sorted(counts.items()))
        yield f"{counts.total()} decisions: {told or 'nothing to take again'}"


def _values(one: "Replayed") -> dict[str, Any]:
    values = asdict(one)
    return {"decision_id": values.pop("decision_id"), "result": values.pop("outcome"), **values}


def _words(one: "Replayed") -> Iterator[str]:
    yield f"{one.decision_id} {_word(one.outcome)}" + (f": {one.why}" if one.why else "")
    yield from (f"  {each}" for each in one.inputs)
    yield from (f"  {each}" for each in one.fields[:MOST_FIELDS])
    if len(one.fields) > MOST_FIELDS:
        yield f"  and {len(one.fields) - MOST_FIELDS} more fields, which --json tells"


def _word(outcome: str) -> str:
    return outcome.replace("_", " ")


def _code(counts: Counter[str]) -> ExitCode:
    from serving.replay.replayed import Outcome

    if counts[Outcome.DIFFERS]:
        return ExitCode.FAILED
    return ExitCode.SET_ASIDE if counts[Outcome.ERASED] or counts[Outcome.NOT_KEPT] else ExitCode.DONE
