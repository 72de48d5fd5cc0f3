"""`regrade webhooks`: see what receivers of events have not got, and send it to them again."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from serving.commands.options import UnknownName, add_record, instant, settings_of
from serving.commands.parser import Told, Verbs, add_group, add_verb, require

if TYPE_CHECKING:
    from serving.record.webhooks.endpoints import Endpoint
    from serving.record.webhooks.queue import QueueState
    from serving.settings import Settings


def add_to(verbs: Verbs) -> None:
    """Add the verb with its two names."""
    group = add_group(
        verbs, "webhooks", "See what is sent to receivers of events, or send it again.", of="WHAT"
    )
    status = add_verb(group, "status", _status, "Print what each receiver has got and has not.")
    add_record(status)
    replay = add_verb(
        group, "replay", _replay, "Send a receiver its dead letters, or everything since a moment, again."
    )
    replay.add_argument("name", metavar="RECEIVER", help="The receiver's name in the file of webhooks.")
    replay.add_argument(
        "--since", type=instant, metavar="TIME", help="All events since then are sent, taken before or not."
    )
    replay.add_argument(
        "--webhooks", type=Path, metavar="FILE", help="The receivers are named in this YAML file."
    )
    add_record(replay)


def status_lines(settings: "Settings") -> Iterator[str]:
    """Yield a line for each receiver."""
    from serving.record.opening import open_database
    from serving.record.webhooks.queue import DeliveryQueue

    engine = open_database(settings.record_url)
    try:
        states = DeliveryQueue(engine).states()
    finally:
        engine.dispose()
    if not states:
        yield "nobody is sent events: name receivers with regrade serve --webhooks FILE"
    yield from map(_line, states)


def replay_line(settings: "Settings", name: str, webhooks: Path | None, since: datetime | None) -> str:
    """Put events back into a receiver's queue, which a running service then sends, and say how many.

    Raises WrongOptions without a file of receivers, InvalidFile, or UnknownName if it does not name that one.
    """
    from serving.record.opening import open_database
    from serving.record.webhooks.queue import DeliveryQueue

    file = webhooks or settings.webhooks
    require(file, "which receivers there are is not known: give their file with --webhooks")
    assert file is not None
    endpoint = _endpoint(file, name)
    engine = open_database(settings.record_url)
    try:
        queue, now = DeliveryQueue(engine), datetime.now(UTC)
        count = queue.send_again(endpoint, since, now) if since else queue.revive(name, now)
    finally:
        engine.dispose()
    return f"{name}: {count} event{'' if count == 1 else 's'} to be sent again by the running service"


def _status(options: argparse.Namespace) -> Told:
    return status_lines(settings_of(options))


def _replay(options: argparse.Namespace) -> Told:
    return [replay_line(settings_of(options), options.name, options.webhooks, options.since)]


def _endpoint(file: Path, name: str) -> "Endpoint":
    from serving.record.webhooks.endpoints import read_endpoints

    endpoints = {endpoint.name: endpoint for endpoint in read_endpoints(file)}
    if name not in endpoints:
        raise UnknownName(f"{name!r} is not one of the receivers in {file}: {', '.join(endpoints)}")
    return endpoints[name]


def _line(state: "QueueState") -> str:
    line = f"{state.endpoint}: {state.pending} waiting, {state.dead} dead, {state.delivered} delivered"
    if state.oldest_pending_at:
        line += f"; the oldest that waits is of {state.oldest_pending_at}"
    return f"{line}; last error: {state.last_error}" if state.last_error else line
