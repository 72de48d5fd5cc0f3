"""Regrade on the command line: each verb parses its words and calls one function."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from serving.commands.parser import Told, Verbs, add_verb, require
from training.verbs import add_training_verbs

if TYPE_CHECKING:
    from data.device import View
    from serving.settings import Settings

Name = TypeVar("Name", bound=StrEnum)

OUR_MODULES = frozenset({"data", "features", "serving", "training", __name__})
FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


class UnknownName(ValueError):
    """A word given for an option names nothing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code.

    Input that can't be used gives 2 and one line on stderr; a service or release that does not work, 1.
    """
    options = parser().parse_args(arguments)
    try:
        return _finish(options.run(options))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        message = _message(error)
        if message is None:
            raise
        print(f"regrade: {message}", file=sys.stderr)
        return FAILED if isinstance(error, RuntimeError | ImportError) else BAD_INPUT


def parser() -> argparse.ArgumentParser:
    """Return the parser of every verb; what a verb needs is imported when it runs."""
    top = argparse.ArgumentParser(prog="regrade", description="Grade, score and decide returned devices.")
    verbs = top.add_subparsers(metavar="VERB", required=True)
    for add in (_add_serve, _add_grade, _add_score, _add_decide, _add_demo, _add_simulate):
        add(verbs)
    add_training_verbs(verbs)
    return top


def _add_serve(verbs: Verbs) -> None:
    verb = add_verb(verbs, "serve", _serve, "answer over HTTP until Ctrl-C")
    verb.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    verb.add_argument("--port", type=int, default=3000, help="default: %(default)s")
    verb.add_argument("--workers", type=int, default=1, help="processes that answer (default: %(default)s)")
    _add_record(verb)


def _serve(options: argparse.Namespace) -> None:
    from serving.http.server import serve

    serve(_settings(options), host=options.host, port=options.port, workers=options.workers)


def _add_grade(verbs: Verbs) -> None:
    verb = add_verb(verbs, "grade", _grade, "grade devices from their photos, one line a device")
    verb.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTO", help="files of one device; or folders, one a device"
    )
    verb.add_argument("--json", action="store_true", help="print what /v1/grade answers")
    verb.add_argument("--device-class", metavar="CLASS", help="phone, laptop, ...; without it the photos say")
    verb.add_argument(
        "--overlay", type=Path, metavar="OUT.png", help="draw what was found; a picture a device, numbered"
    )
    _add_views(verb)


def _grade(options: argparse.Namespace) -> Told:
    from data.device import DeviceClass
    from serving.commands.commands import grade_lines

    device_class = _named(DeviceClass, options.device_class) if options.device_class else None
    return grade_lines(
        options.photos,
        device_class=device_class,
        views=_views(options),
        as_json=options.json,
        overlay=options.overlay,
    )


def _add_score(verbs: Verbs) -> None:
    verb = add_verb(verbs, "score", _score, "score returns for fraud, one JSON line a case")
    verb.add_argument(
        "cases",
        nargs="?",
        metavar="CASES",
        help="JSON lines, Parquet or X12 180; - reads JSON lines from input",
    )
    verb.add_argument(
        "--scans",
        type=Path,
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE",
        help="X12 214 or EPCIS 2.0, joined to CASES",
    )
    verb.add_argument(
        "--sender", type=Path, metavar="S.yaml", help="what X12 leaves open: zone, currency, SKUs"
    )
    verb.add_argument(
        "--as-of", type=_instant, metavar="TIME", help="decide X12 as of (default: latest known)"
    )
    verb.add_argument("--model", type=Path, metavar="DIR", help="a release of `train fraud --table`, ...")
    verb.add_argument("--table", type=Path, metavar="T.csv", help="... and rows for it; prints CSV")


def _score(options: argparse.Namespace) -> Told:
    if options.table or options.model:
        return _score_table(options)
    from serving.commands.commands import score_lines

    require(options.cases, "give CASES, or --model DIR with --table T.csv")
    return score_lines(_case_lines(options))


def _case_lines(options: argparse.Namespace) -> Iterable[bytes]:
    from data.inbound import case_lines, read_sender

    if options.cases == "-":
        require(not options.scans, "--scans goes with a file of cases, not with -")
        return sys.stdin.buffer
    sender = read_sender(options.sender)
    return case_lines(
        Path(options.cases), options.scans, sender=sender, as_of=options.as_of, tell=_tell_beside
    )


def _score_table(options: argparse.Namespace) -> Told:
    from serving.fraud.table import TableModel
    from serving.release import open_folder

    require(options.table and options.model, "--model DIR and --table T.csv go together")
    require(not options.cases, "give either CASES or --model with --table")
    TableModel.open(open_folder(options.model)).write_scores(options.table, sys.stdout)
    return None


def _add_decide(verbs: Verbs) -> None:
    verb = add_verb(verbs, "decide", _decide, "decide one return, keep the decision and print it as JSON")
    verb.add_argument("--case", type=Path, required=True, metavar="CASE.json")
    verb.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    _add_views(verb)
    _add_record(verb)


def _decide(options: argparse.Namespace) -> Told:
    from serving.commands.commands import decide_line

    settings = _settings(options)
    line = decide_line(options.case, options.photos, views=_views(options), settings=settings, clock=_now)
    return [line]


def _add_demo(verbs: Verbs) -> None:
    verb = add_verb(verbs, "demo", _demo, "send returns with photos to a service and show its answers")
    verb.add_argument("--photos", type=Path, metavar="FOLDER", help="your own; each sub-folder is one device")
    verb.add_argument("--var", type=Path, default=Path("var"), help="where its record goes (default: var)")


def _demo(options: argparse.Namespace) -> int:
    from serving.demo.run import run_demo

    return run_demo(options.photos, var=options.var, now=_now())


def _add_simulate(verbs: Verbs) -> None:
    verb = add_verb(verbs, "simulate", _simulate, "write a simulated world of returns, tables and cases")
    verb.add_argument("--out", type=Path, required=True, metavar="DIR")
    # What is not given is left to WorldSettings, so that each default has one home.
    add = partial(verb.add_argument, default=argparse.SUPPRESS)
    add("--seed", type=int, help="the same seed gives the same bytes")
    add("--returns", type=int)
    add("--prevalence", type=float, metavar="SHARE", help="share of returns that are fraud")
    add("--drift", type=float, help="of the mix of fraud over the year: 0 for none, 1 as in the figures")
    add("--withheld", metavar="TYPOLOGY", help="a kind of fraud that does not occur")
    add("--carriers", metavar="SET", help="a carrier set of the figures")
    add("--label-noise", type=float, metavar="TIMES", help="the usual errors of labels, 0 to 2 times")
    add("--start", type=date.fromisoformat, metavar="YYYY-MM-DD")
    add("--days", type=int)


def _simulate(options: argparse.Namespace) -> Told:
    from rich.progress import Progress

    from data.fraud import Typology
    from data.world import WorldSettings, write_world

    given = {name: value for name, value in vars(options).items() if name not in {"run", "out"}}
    if "withheld" in given:
        given["withheld"] = _named(Typology, given["withheld"])
    settings = WorldSettings(**given)
    with Progress(transient=True) as progress:
        task = progress.add_task("Simulating returns", total=settings.returns)
        counts = write_world(settings, options.out, progress=lambda n: progress.update(task, completed=n))
    return [f"{count:>10} {name}" for name, count in counts.items()]


def _add_views(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--views", metavar="VIEW,...", help="what each photo shows, in order: front_off,back")


def _add_record(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--record", metavar="URL", help="where decisions are kept: sqlite:///record.sqlite")


def _settings(options: argparse.Namespace) -> "Settings":
    from serving.settings import Settings

    settings = Settings.of()
    return replace(settings, record_url=options.record) if options.record else settings


def _views(options: argparse.Namespace) -> "list[View] | None":
    from data.device import View

    return None if options.views is None else [_named(View, name) for name in options.views.split(",")]


def _named(kind: type[Name], name: str) -> Name:
    try:
        return kind(name)
    except ValueError as error:
        raise UnknownName(f"{name!r} is not one of {', '.join(kind)}") from error


def _message(error: Exception) -> str | None:
    """Return what to tell the person; None for a bug, which keeps its traceback."""
    if isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0] not in OUR_MODULES:
        return f'this needs {error.name}, which a plain install leaves out: pip install "regrade[train]"'
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) if type(error).__module__.partition(".")[0] in OUR_MODULES else None


def _finish(told: Told) -> int:
    """Print the lines that a verb returned; return its exit code."""
    if told is None or isinstance(told, int):
        return told or 0
    for line in told:
        print(line, flush=True)
    return 0


def _tell_beside(note: str) -> None:
    """Tell something beside the output, so that what is printed stays machine-readable."""
    print(f"regrade: note: {note}", file=sys.stderr)


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no time zone; write 2026-03-01T09:30:00Z")
    return moment


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
