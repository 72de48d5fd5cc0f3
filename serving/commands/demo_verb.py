"""`regrade demo`: show the service at work."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from serving.commands.parser import Verbs, add_verb


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(
        verbs, "demo", _run, "Start a service, send it returns with photos, show its answers and stop it."
    )
    verb.add_argument(
        "--photos",
        type=Path,
        metavar="FOLDER",
        help="Your own photos are sent instead of drawn ones; each sub-folder is one device.",
    )
    verb.add_argument(
        "--var",
        type=Path,
        metavar="FOLDER",
        default=Path("var"),
        help="The record and the service's log are kept here (default: %(default)s).",
    )


def _run(options: argparse.Namespace) -> int:
    from serving.demo.run import run_demo

    return run_demo(options.photos, var=options.var, now=datetime.now(UTC))
