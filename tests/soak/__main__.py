"""Kill the service and its database under load, and say what was lost: `python -m tests.soak`."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.bench.machine import describe_machine
from tests.soak.callers import counted
from tests.soak.databases import DATABASES
from tests.soak.storm import CALLERS, Outcome, storm

SHOWN = 20


def main() -> int:
    """Kill on both databases, print what came of it, and return 1 if anything is wrong."""
    options = _options()
    console = Console(width=120)
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, seed {options.seed}", highlight=False)
    for line in describe_machine():
        console.print(line, highlight=False)
    outcomes = [_storm(database, options) for database in options.databases]
    console.print(_table(outcomes))
    for outcome in outcomes:
        console.print(f"{outcome.database}: {counted(outcome.ledger.answers)}", highlight=False)
        for wrong in outcome.wrong[:SHOWN]:
            console.print(f"{outcome.database}: {wrong}", highlight=False, markup=False)
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="kills on each database (200)")
    parser.add_argument("--seed", type=int, default=16, help="another seed kills at other moments (16)")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES, help="all")
    return parser.parse_args()


def _storm(database: str, options: argparse.Namespace) -> Outcome:
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task(f"Killing on {database}", total=options.kills)
        return storm(
            database,
            Path(folder),
            kills=options.kills,
            seed=options.seed,
            told=lambda count: progress.update(task, completed=count),
        )


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("", *(outcome.database for outcome in outcomes), title=f"Killed under {CALLERS} callers")
    ways = sorted({way for outcome in outcomes for way in outcome.kills})
    rows = {f"kills of the {way}": [outcome.kills[way] for outcome in outcomes] for way in ways}
    rows |= {name: [outcome.counts[name] for outcome in outcomes] for name in outcomes[0].counts}
    rows["minutes"] = [round(outcome.seconds / 60) for outcome in outcomes]
    rows["wrong"] = [len(outcome.wrong) for outcome in outcomes]
    for name, values in rows.items():
        table.add_row(name, *(f"{value:,}" for value in values))
    return table


if __name__ == "__main__":
    sys.exit(main())
