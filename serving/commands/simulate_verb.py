"""`regrade simulate`: write a simulated world of returns."""

import argparse
from datetime import date
from functools import partial
from pathlib import Path

from data.fraud import Typology
from serving.commands.options import named
from serving.commands.parser import Told, Verbs, add_verb, given_options


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(
        verbs, "simulate", _run, "Write a simulated world of returns, as tables and as cases to score."
    )
    verb.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="The files are written into this folder."
    )
    # What is not given is left to WorldSettings, so that each default has one home.
    add = partial(verb.add_argument, default=argparse.SUPPRESS)
    add("--seed", type=int, metavar="N", help="The same seed gives the same bytes.")
    add("--returns", type=int, metavar="N", help="The world has N returns.")
    add("--prevalence", type=float, metavar="SHARE", help="This share of the returns is fraud.")
    add(
        "--drift",
        type=float,
        metavar="TIMES",
        help="The mix of fraud moves this much over the year: 0 not at all, 1 as in the figures.",
    )
    add("--withheld", metavar="TYPOLOGY", help="This kind of fraud does not occur.")
    add(
        "--carriers",
        metavar="SET",
        help="This set of carriers takes the parcels; data/world/figures.yaml has them.",
    )
    add("--label-noise", type=float, metavar="TIMES", help="Labels err this much, 0 to 2 times the usual.")
    add("--start", type=date.fromisoformat, metavar="YYYY-MM-DD", help="The first returns come on this day.")
    add("--days", type=int, metavar="N", help="Returns come on N days.")


def _run(options: argparse.Namespace) -> Told:
    from rich.progress import Progress

    from data.world import WorldSettings, write_world

    given = given_options(options)
    out = given.pop("out")
    if "withheld" in given:
        given["withheld"] = named(Typology, given["withheld"])
    settings = WorldSettings(**given)
    with Progress(transient=True) as progress:
        task = progress.add_task("Simulating returns", total=settings.returns)
        counts = write_world(settings, out, progress=lambda n: progress.update(task, completed=n))
    return [f"{count:>10} {name}" for name, count in counts.items()]
