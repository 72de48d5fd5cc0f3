"""Regrade on the command line: each verb parses its words and calls one function."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from data.device import View
    from serving.settings import Settings

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Name = TypeVar("Name", bound=StrEnum)

OUR_MODULES = frozenset({"data", "features", "serving", "training", __name__})
EVALUATED = frozenset({"drawn", "gate_devices", "graded_devices"})
FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130


class UnknownName(ValueError):
    """A word given for an option names nothing."""


class WrongOptions(ValueError):
    """Options are missing, or do not go together."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code.

    Input that can't be used gives 2 and one line on stderr; a service or release that does not work, 1.
    """
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
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
    train = _group(verbs, "train", "fit a model and write it as a release")
    evaluate = _group(verbs, "evaluate", "measure a release through the code that serves it")
    for add in (_add_train_condition, _add_train_fraud):
        add(train)
    for add in (_add_evaluate_condition, _add_evaluate_fraud):
        add(evaluate)
    return top


def _add_serve(verbs: Verbs) -> None:
    verb = _verb(verbs, "serve", _serve, "answer over HTTP until Ctrl-C")
    verb.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    verb.add_argument("--port", type=int, default=3000, help="default: %(default)s")
    verb.add_argument("--workers", type=int, default=1, help="processes that answer (default: %(default)s)")
    _add_record(verb)


def _serve(options: argparse.Namespace) -> None:
    from serving.server import serve

    serve(_settings(options), host=options.host, port=options.port, workers=options.workers)


def _add_grade(verbs: Verbs) -> None:
    verb = _verb(verbs, "grade", _grade, "grade devices from their photos, one line a device")
    verb.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTO", help="files of one device; or folders, one a device"
    )
    verb.add_argument("--json", action="store_true", help="print what /v1/grade answers")
    verb.add_argument("--device-class", metavar="CLASS", help="phone, laptop, ...; without it the photos say")
    verb.add_argument(
        "--overlay", type=Path, metavar="OUT.png", help="draw what was found; a picture a device, numbered"
    )
    _add_views(verb)


def _grade(options: argparse.Namespace) -> None:
    from data.device import DeviceClass
    from serving.shell import grade_lines

    device_class = _named(DeviceClass, options.device_class) if options.device_class else None
    lines = grade_lines(
        options.photos,
        device_class=device_class,
        views=_views(options),
        as_json=options.json,
        overlay=options.overlay,
    )
    _print_lines(lines)


def _add_score(verbs: Verbs) -> None:
    verb = _verb(verbs, "score", _score, "score returns for fraud, one JSON line a case")
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


def _score(options: argparse.Namespace) -> None:
    if options.table or options.model:
        _score_table(options)
        return
    from serving.shell import score_lines

    _require(options.cases, "give CASES, or --model DIR with --table T.csv")
    _print_lines(score_lines(_case_lines(options)))


def _case_lines(options: argparse.Namespace) -> Iterable[bytes]:
    from data.inbound import case_lines, read_sender

    if options.cases == "-":
        _require(not options.scans, "--scans goes with a file of cases, not with -")
        return sys.stdin.buffer
    sender = read_sender(options.sender)
    return case_lines(
        Path(options.cases), options.scans, sender=sender, as_of=options.as_of, tell=_tell_beside
    )


def _score_table(options: argparse.Namespace) -> None:
    from serving.release import open_folder
    from serving.table import TableModel

    _require(options.table and options.model, "--model DIR and --table T.csv go together")
    _require(not options.cases, "give either CASES or --model with --table")
    TableModel.open(open_folder(options.model)).write_scores(options.table, sys.stdout)


def _add_decide(verbs: Verbs) -> None:
    verb = _verb(verbs, "decide", _decide, "decide one return, keep the decision and print it as JSON")
    verb.add_argument("--case", type=Path, required=True, metavar="CASE.json")
    verb.add_argument("photos", nargs="*", type=Path, metavar="PHOTO")
    _add_views(verb)
    _add_record(verb)


def _decide(options: argparse.Namespace) -> None:
    from serving.shell import decide_line

    settings = _settings(options)
    line = decide_line(options.case, options.photos, views=_views(options), settings=settings, clock=_now)
    _print_lines([line])


def _add_demo(verbs: Verbs) -> None:
    verb = _verb(verbs, "demo", _demo, "send returns with photos to a service and show its answers")
    verb.add_argument("--photos", type=Path, metavar="FOLDER", help="your own; each sub-folder is one device")
    verb.add_argument("--var", type=Path, default=Path("var"), help="where its record goes (default: var)")


def _demo(options: argparse.Namespace) -> int:
    from serving.demo import run_demo

    return run_demo(options.photos, var=options.var, now=_now())


def _add_simulate(verbs: Verbs) -> None:
    verb = _verb(verbs, "simulate", _simulate, "write a simulated world of returns, tables and cases")
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


def _simulate(options: argparse.Namespace) -> None:
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
    _print_lines(f"{count:>10} {name}" for name, count in counts.items())


def _add_train_condition(verbs: Verbs) -> None:
    verb = _verb(verbs, "condition", _train_condition, "fit the model that sees damage on photos")
    _add_photo_set(verb)
    verb.add_argument("--weights", type=Path, help="mobilenet_v2 weights, or network.pt of a run")
    verb.add_argument("--out", type=Path, default=Path("runs/condition/release"), metavar="DIR")
    verb.add_argument("--work", type=Path, default=Path("runs/condition"), help="keeps the checkpoint")
    verb.add_argument("--hold-out", default="", metavar="SOURCE,...", help="sources that only validate")
    verb.add_argument("--audit", type=Path, help="report.json of a run with sources held out, for the card")
    _add_settings_file(verb)


def _train_condition(options: argparse.Namespace) -> None:
    from training.condition.train import train_condition

    release = train_condition(
        photos=options.photos,
        weights=options.weights,
        out=options.out,
        work=options.work,
        hold_out=[name for name in options.hold_out.split(",") if name],
        audit=options.audit,
        **_settings_file(options),
    )
    _print_lines([str(release.folder)])


def _add_train_fraud(verbs: Verbs) -> None:
    verb = _verb(verbs, "fraud", _train_fraud, "fit the model that scores fraud, on a simulated world")
    verb.add_argument("--out", type=Path, default=Path("runs/fraud/release"), metavar="DIR")
    verb.add_argument("--version", default="1", help="what to call the release (default: %(default)s)")
    verb.add_argument("--search", type=int, default=0, metavar="N", help="try N settings of the trees first")
    verb.add_argument("--table", type=Path, metavar="T.csv", help="fit on this table instead, ...")
    verb.add_argument("--spec", type=Path, metavar="S.yaml", help="... as this says: target, columns, time")


def _train_fraud(options: argparse.Namespace) -> None:
    from training.fraud import train_fraud, train_table

    _require(bool(options.table) == bool(options.spec), "--table T.csv and --spec S.yaml go together")
    on_world = partial(train_fraud, version=options.version, trials=options.search)
    fit = partial(train_table, options.table, options.spec) if options.table else on_world
    _print_lines([str(fit(options.out))])


def _add_evaluate_condition(verbs: Verbs) -> None:
    verb = _verb(verbs, "condition", _evaluate_condition, "measure it on photos, and write HTML and JSON")
    _add_photo_set(verb)
    _add_report(verb, "runs/condition/report")
    _add_settings_file(verb)
    # What is not given is left to evaluate_condition, so that each default has one home.
    verb.add_argument("--drawn", type=int, default=argparse.SUPPRESS, help="how many photos to draw")
    verb.add_argument(
        "--gate-devices", type=int, default=argparse.SUPPRESS, help="drawn devices whose photos are spoilt"
    )
    verb.add_argument(
        "--graded-devices", type=int, default=argparse.SUPPRESS, help="drawn devices graded as a whole"
    )


def _evaluate_condition(options: argparse.Namespace) -> None:
    from training.condition.evaluate import evaluate_condition

    given: dict[str, Any] = {**_settings_file(options)}
    given |= {name: value for name, value in vars(options).items() if name in EVALUATED}
    page = evaluate_condition(photos=options.photos, out=options.out, release=options.release, **given)
    _print_lines([str(page)])


def _add_evaluate_fraud(verbs: Verbs) -> None:
    verb = _verb(verbs, "fraud", _evaluate_fraud, "measure it on another simulated world, as HTML and JSON")
    _add_report(verb, "runs/fraud/report")
    verb.add_argument("--policy", type=Path, metavar="FILE", help="also write the measured operating points")


def _evaluate_fraud(options: argparse.Namespace) -> None:
    from training.fraud import evaluate_fraud

    _print_lines([str(evaluate_fraud(out=options.out, release=options.release, policy=options.policy))])


def _group(verbs: Verbs, name: str, purpose: str) -> Verbs:
    group = verbs.add_parser(name, help=purpose)
    return group.add_subparsers(metavar="MODEL", required=True)


def _verb(
    verbs: Verbs, name: str, run: Callable[[argparse.Namespace], int | None], purpose: str
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    verb.set_defaults(run=run)
    return verb


def _add_views(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--views", metavar="VIEW,...", help="what each photo shows, in order: front_off,back")


def _add_record(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--record", metavar="URL", help="where decisions are kept: sqlite:///record.sqlite")


def _add_photo_set(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--photos", type=Path, metavar="DIR", help="a photo set; without it drawn photos only")


def _add_report(verb: argparse.ArgumentParser, out: str) -> None:
    verb.add_argument("--release", type=Path, metavar="DIR", help="default: the champion")
    verb.add_argument("--out", type=Path, default=Path(out), metavar="DIR")


def _add_settings_file(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--settings", type=Path, metavar="FILE", help="default: the settings that ship")


def _settings_file(options: argparse.Namespace) -> dict[str, Path]:
    return {"settings_file": options.settings} if options.settings else {}


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


def _require(given: object, message: str) -> None:
    if not given:
        raise WrongOptions(message)


def _message(error: Exception) -> str | None:
    """Return what to tell the person; None for a bug, which keeps its traceback."""
    if isinstance(error, ModuleNotFoundError) and str(error.name).partition(".")[0] not in OUR_MODULES:
        return f'this needs {error.name}, which a plain install leaves out: pip install "regrade[train]"'
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) if type(error).__module__.partition(".")[0] in OUR_MODULES else None


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


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
