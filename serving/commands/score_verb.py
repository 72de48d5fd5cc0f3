"""`regrade score`: score returns for fraud, or the rows of a table."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.fraud import MOST_REASONS
from serving.commands.command_line import tell
from serving.commands.options import file_or_stdin, instant, whole
from serving.commands.parser import LinesWithAside, Told, Verbs, add_verb, require

if TYPE_CHECKING:
    from data.case import InvalidCase

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
        help="This file holds cases as JSON lines, other JSON, Parquet or X12 180; - stands for stdin.",
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
        "--reasons",
        type=whole(0, MOST_REASONS),
        metavar="N",
        help=f"Each score has at most so many reasons, 0 to {MOST_REASONS} (default: as the fraud policy "
        "says); 0 computes none, which takes a fraction of the time.",
    )
    verb.add_argument(
        "--model",
        type=Path,
        metavar="DIR",
        help="A release of `train fraud --table` in this folder scores the table.",
    )
    verb.add_argument("--table", type=Path, metavar="T.csv", help="This table holds the rows to score.")


def score_lines(
    cases: "Iterable[bytes | InvalidCase]",
    *,
    wrong: "Callable[[int, InvalidCase], None] | None" = None,
    reasons: int | None = None,
) -> Iterator[str]:
    """Score cases, one JSON object a line, and yield one JSON line each, in order.

    A wrong case has its problem in its place, as in /v1/fraud/score, and is told to `wrong` with its number
    from 1; empty lines are left out. `reasons` is how many a score has at most, None for the policy's number.
    """
    from data.case import InvalidCase, case_of
    from serving.fraud.model import MODEL_NAME, FraudModel
    from serving.fraud.scorer import score_in_order
    from serving.http.answers import json_text, score_values
    from serving.release import open_release, reading_manifest
    from serving.settings import Settings
    from serving.startup import own_rates

    release = open_release(MODEL_NAME)
    with reading_manifest(release.folder):
        model = FraudModel.open(release, rates=own_rates(Settings.of()))
    lines = (line for line in cases if isinstance(line, InvalidCase) or line.strip())
    numbers = count(1)
    while batch := list(islice(lines, BATCH_CASES)):
        scores = score_in_order(model, batch, case_of, reasons=reasons)
        for line, one, number in zip(batch, scores, numbers, strict=False):
            if isinstance(one.score, InvalidCase) and wrong is not None:
                wrong(number, one.score)
            values = score_values(_parsed(line), one.score, one.notes)
            for note in one.notes:
                tell(f"note: {values['rma_id']}: {note}")
            yield json_text(values)


def _run(options: argparse.Namespace) -> Told:
    if options.table or options.model:
        return _score_table(options)
    require(options.cases, "give CASES, or --model DIR with --table T.csv")
    return _score_cases(options)


def _score_cases(options: argparse.Namespace) -> Told:
    from data.inbound import SetAsides, case_lines, read_sender

    aside = SetAsides()
    lines = case_lines(
        file_or_stdin(options.cases),
        options.scans,
        sender=read_sender(options.sender),
        as_of=options.as_of,
        tell=lambda note: tell(f"note: {note}"),
        aside=aside,
    )
    file = Path(options.cases).name
    scores = score_lines(
        lines,
        wrong=lambda number, case: aside.add(file, f"case {number}", case),
        reasons=options.reasons,
    )
    return LinesWithAside(scores, aside)


def _score_table(options: argparse.Namespace) -> Told:
    from serving.fraud.table import TableModel
    from serving.release import open_folder, reading_manifest

    require(options.table and options.model, "--model DIR and --table T.csv go together")
    require(not options.cases, "give either CASES or --model with --table")
    require(options.reasons is None, "--reasons is of CASES: the rows of a table have a probability alone")
    with reading_manifest(options.model):
        model = TableModel.open(open_folder(options.model))
    model.write_scores(options.table, sys.stdout)
    return None


def _parsed(line: "bytes | InvalidCase") -> Any:
    try:
        return json.loads(line) if isinstance(line, bytes) else None
    except (ValueError, RecursionError):
        return None
