"""`regrade score`: score returns for fraud, or the rows of a table."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from data.fraud import MOST_REASONS
from serving.commands.command_line import tell
from serving.commands.options import file_or_stdin, instant, whole
from serving.commands.parser import LinesWithAside, Told, Verbs, add_verb, require

if TYPE_CHECKING:
    from data.case import InvalidCase

MOST_PROCESSES = 64

NOTES_TOLD = 10
"""Notes that are told beside the answers of one run; scans that come late would fill a screen."""


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
        "--processes",
        type=whole(1, MOST_PROCESSES),
        default=1,
        metavar="N",
        help=f"So many processes score at once, 1 to {MOST_PROCESSES} (default: 1), each on one core "
        "and with a model of its own; the answers and their order stay the same.",
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
    processes: int = 1,
) -> Iterator[str]:
    """Score cases, one JSON object a line, and yield one JSON line each, in order.

    A wrong case has its problem in its place, as in /v1/fraud/score, and is told to `wrong` with its number
    from 1; empty lines are left out. `reasons` is how many a score has at most, None for the policy's number.
    Several processes answer in the same bytes.
    """
    from data.case import InvalidCase
    from serving.commands.scored_lines import scored_lines

    lines = (line for line in cases if isinstance(line, InvalidCase) or line.strip())
    noted = 0
    for number, one in enumerate(scored_lines(lines, reasons=reasons, processes=processes), 1):
        if one.problem is not None and wrong is not None:
            wrong(number, one.problem)
        for note in one.notes[: max(0, NOTES_TOLD - noted)]:
            tell(f"note: {one.rma_id}: {note}")
        noted += len(one.notes)
        yield one.text
    if noted > NOTES_TOLD:
        tell(f"note: {noted - NOTES_TOLD:,} more; each answer has its own under `notes`")


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
        processes=options.processes,
    )
    return LinesWithAside(scores, aside)


def _score_table(options: argparse.Namespace) -> Told:
    from serving.fraud.table import TableModel
    from serving.release import open_folder, reading_manifest

    require(options.table and options.model, "--model DIR and --table T.csv go together")
    require(not options.cases, "give either CASES or --model with --table")
    require(options.processes == 1, "--processes is of CASES: a table is scored in one process")
    require(options.reasons is None, "--reasons is of CASES: the rows of a table have a probability alone")
    with reading_manifest(options.model):
        model = TableModel.open(open_folder(options.model))
    model.write_scores(options.table, sys.stdout)
    return None
