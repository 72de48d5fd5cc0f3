"""Send photos that cost much and photos changed at random to the reader: `python -m tests.fuzz`."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from rich.console import Console
from rich.table import Table

from tests.bench.machine import describe_machine
from tests.fuzz.bounds import Bounds, measure_again, measure_bounds
from tests.fuzz.children import Outcome, read_in_child
from tests.fuzz.costly_photos import COSTLY
from tests.fuzz.mutants import mutants

SHOWN = 20
# A photo over the bounds is measured so often again, beside the phone's photo.
TIMES_AGAIN = 2


def main() -> int:
    """Try both, print what came of them, and return 1 if anything is wrong."""
    options = _options()
    console = Console(width=140)
    console.print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, seed {options.seed}", highlight=False)
    for line in describe_machine():
        console.print(line, highlight=False)
    bounds = measure_bounds()
    console.print(str(bounds), highlight=False)
    wrong = _try_costly(console, bounds) if options.costs else 0
    return 1 if wrong + _try_mutants(console, bounds, options) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to change photos (60)")
    parser.add_argument("--mutants", type=int, default=sys.maxsize, help="how many changed photos at most")
    parser.add_argument("--seed", type=int, default=15, help="another seed changes them in other ways (15)")
    parser.add_argument("--no-costs", dest="costs", action="store_false", help="leave the costly photos out")
    return parser.parse_args()


def _try_costly(console: Console, bounds: Bounds) -> int:
    table = Table(
        "photo", "answered", "CPU s", "times", "MiB more", title="Graded; a 50-megapixel JPEG is 1.0"
    )
    wrong = 0
    for outcome in read_in_child(((name, make()) for name, make in COSTLY.items()), grade=True):
        beside, outcome = _sure(bounds, outcome)
        wrong += not beside.hold_for_answer(outcome)
        times, more = outcome.cpu_s / beside.answer_s, outcome.memory_mib - beside.memory_mib
        table.add_row(outcome.name, outcome.outcome, f"{outcome.cpu_s:.2f}", f"{times:.1f}", f"{more:.0f}")
    console.print(table)
    console.print(f"{wrong} of {len(COSTLY)} costly photos over the bounds, unexpected or deadly")
    return wrong


def _sure(bounds: Bounds, outcome: Outcome) -> tuple[Bounds, Outcome]:
    """Measure a photo over the bounds again: what else the machine does adds to its time, and not evenly."""
    for _ in range(TIMES_AGAIN):
        if bounds.hold_for_answer(outcome):
            break
        bounds, outcome = measure_again(outcome.name, COSTLY[outcome.name]())
    return bounds, outcome


def _try_mutants(console: Console, bounds: Bounds, options: argparse.Namespace) -> int:
    counts: Counter[str] = Counter()
    for outcome in read_in_child(_until(time.monotonic() + 60 * options.minutes, options)):
        is_over = not bounds.hold_for_reading(outcome)
        counts[outcome.outcome] += 1
        counts["over the bounds"] += is_over
        if (is_over or outcome.outcome in {"unexpected", "died"}) and sum(_wrong(counts)) <= SHOWN:
            console.print(str(outcome), highlight=False)
    unexpected, died, over = _wrong(counts)
    tried = counts.total() - counts["over the bounds"]
    console.print(
        f"{tried:,} mutants: {counts['read']:,} read, {counts['refused']:,} refused, "
        f"{unexpected} unexpected exceptions, {died} deaths, {over} over the bounds",
        highlight=False,
    )
    return unexpected + died + over


def _wrong(counts: Counter[str]) -> tuple[int, int, int]:
    return counts["unexpected"], counts["died"], counts["over the bounds"]


def _until(end_s: float, options: argparse.Namespace) -> Iterator[tuple[str, bytes]]:
    for mutant in islice(mutants(options.seed), options.mutants):
        if time.monotonic() > end_s:
            return
        yield mutant.name, mutant.body


if __name__ == "__main__":
    sys.exit(main())
