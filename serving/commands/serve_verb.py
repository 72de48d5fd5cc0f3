"""`regrade serve`: start the service."""

import argparse
from dataclasses import replace
from pathlib import Path

from serving.address import HOST, PORT
from serving.commands.options import add_record, settings_of, whole
from serving.commands.parser import Verbs, add_verb


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(verbs, "serve", _run, "Start the service; it answers over HTTP until Ctrl-C.")
    verb.add_argument(
        "--host",
        metavar="ADDRESS",
        default=HOST,
        help="The service listens on this address (default: %(default)s).",
    )
    verb.add_argument(
        "--port",
        type=whole(1, 65_535),
        metavar="N",
        default=PORT,
        help="The service listens on this port (default: %(default)s).",
    )
    verb.add_argument(
        "--workers",
        type=whole(1, 256),
        metavar="N",
        default=1,
        help="N processes answer (default: %(default)s).",
    )
    add_record(verb)
    verb.add_argument(
        "--webhooks",
        type=Path,
        metavar="FILE",
        help="Events are sent to the receivers that this YAML file names.",
    )
    verb.add_argument(
        "--shadow",
        type=Path,
        metavar="FILE",
        help="The candidate in this YAML file decides beside what is served, unseen by whoever asks.",
    )


def _run(options: argparse.Namespace) -> None:
    from serving.http.server import serve

    settings = settings_of(options)
    if options.webhooks:
        settings = replace(settings, webhooks=options.webhooks)
    if options.shadow:
        settings = replace(settings, shadow=options.shadow)
    serve(settings, host=options.host, port=options.port, workers=options.workers)
