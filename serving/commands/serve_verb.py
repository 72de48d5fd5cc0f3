"""`regrade serve`: start the service."""

import argparse

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


def _run(options: argparse.Namespace) -> None:
    from serving.http.server import serve

    serve(settings_of(options), host=options.host, port=options.port, workers=options.workers)
