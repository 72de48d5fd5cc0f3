"""`regrade score`: score returns for fraud, or the rows of a table."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from serving.commands.command_line import tell
from serving.commands.options import instant
from serving.commands.parser import Told, Verbs, add_verb, require

BATCH_CASES = 500


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(
        verbs,
        "score",
        _run,
        "Score returns for fraud, one JSON line a case.",
        more="With --model and --table it scores the rows of a table instead, and prints CSV.",
    )
    verb.add_argument(
        "cases",
        nargs="?",
        metavar="CASES",
        help="This file holds cases as JSON lines, Parquet or X12 180; - stands for JSON lines from stdin.",
    )
    verb.add_argument(
        "--scans",
        type=Path,
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE",
        help="Scans in these files (X12 214 or EPCIS 2.0) are joined to the cases.",
    )
    verb.add_argument(
        "--sender",
        type=Path,
        metavar="S.yaml",
        help="This file says what X12 leaves open: time zone, currency, facts of the SKUs.",
    )
    verb.add_argument(
        "--as-of",
        type=instant,
        metavar="TIME",
        help="X12 returns are scored as of this moment (default: when the last of each became known).",
    )
    verb.add_argument(
        "--model",
        type=Path,
        metavar="DIR",
        help="A release of `train fraud --table` in this folder scores the table.",
    )
    verb.add_argument("--table", type=Path, metavar="T.csv", help="This table holds the rows to score.")


def score_lines(cases: Iterable[bytes]) -> Iterator[str]:
    """Score cases, one JSON object a line, and yield one JSON line each, in order.

    A wrong case has its problem in its place, as in /v1/fraud/score; empty lines are left out.
    """
    from data.case import read_case
    from serving.fraud.model import MODEL_NAME, FraudModel
    from serving.fraud.scorer import score_in_order
    from serving.http.answers import json_text, score_values
    from serving.release import open_release

    model = FraudModel.open(open_release(MODEL_NAME))
    lines = (line for line in cases if line.strip())
    while batch := list(islice(lines, BATCH_CASES)):
        for line, score in zip(batch, score_in_order(model, batch, read_case), strict=True):
            yield json_text(score_values(_parsed(line), score))


def _run(options: argparse.Namespace) -> Told:
    if options.table or options.model:
        return _score_table(options)
    require(options.cases, "give CASES, or --model DIR with --table T.csv")
    return score_lines(_case_lines(options))


def _case_lines(options: argparse.Namespace) -> Iterable[bytes]:
    from data.inbound import case_lines, read_sender

    if options.cases == "-":
        require(not options.scans, "--scans goes with a file of cases, not with -")
        return sys.stdin.buffer
    return case_lines(
        Path(options.cases),
        options.scans,
        sender=read_sender(options.sender),
        as_of=options.as_of,
        tell=lambda note: tell(f"note: {note}"),
    )


def _score_table(options: argparse.Namespace) -> Told:
    from serving.fraud.table import TableModel
    from serving.release import open_folder

    require(options.table and options.model, "--model DIR and --table T.csv go together")
    require(not options.cases, "give either CASES or --model with --table")
    TableModel.open(open_folder(options.model)).write_scores(options.table, sys.stdout)
    return None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
