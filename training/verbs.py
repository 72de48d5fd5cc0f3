"""Add the verbs of this room to the command line; what they need is imported late."""

import argparse
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from serving.commands.parser import Told, Verbs, add_group, add_verb, given_options, require
from training.own_options import add_own_sources, fit_own, has_own_sources, measure_own_returns
from training.studies.study_verbs import add_studies


def add_training_verbs(verbs: Verbs) -> None:
    """Add `train condition | fraud`, `evaluate condition | fraud` and `study NAME`."""
    train = add_group(verbs, "train", "Fit a model and write it as a release.", of="MODEL")
    evaluate = add_group(verbs, "evaluate", "Measure a release through the code that serves it.", of="MODEL")
    for add in (_add_train_condition, _add_train_fraud):
        add(train)
    for add in (_add_evaluate_condition, _add_evaluate_fraud):
        add(evaluate)
    add_studies(verbs)


def _add_train_condition(verbs: Verbs) -> None:
    verb = add_verb(
        verbs, "condition", _train_condition, "Fit the condition model, which grades devices from photos."
    )
    _add_photo_set(verb)
    verb.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="Training starts here: weights of mobilenet_v2, a run's network.pt, a release's model.onnx.",
    )
    _add_out(verb, "The release is written into this folder", "runs/condition/release")
    verb.add_argument(
        "--work",
        type=Path,
        metavar="DIR",
        default=Path("runs/condition"),
        help="The checkpoint is kept in this folder (default: %(default)s).",
    )
    verb.add_argument(
        "--hold-out",
        default="",
        metavar="SOURCE,...",
        help="Photos of these sources validate and are not learnt from.",
    )
    verb.add_argument(
        "--audit",
        type=Path,
        metavar="FILE",
        help="The card tells what this report.json, of a run with sources held out, found.",
    )
    _add_settings_file(verb)


def _train_condition(options: argparse.Namespace) -> Iterable[str]:
    from training.condition.train import train_condition

    given = given_options(options)
    hold_out = [name for name in given.pop("hold_out").split(",") if name]
    release = train_condition(hold_out=hold_out, **given)
    return [str(release.folder)]


def _add_train_fraud(verbs: Verbs) -> None:
    verb = add_verb(
        verbs,
        "fraud",
        _train_fraud,
        "Fit the fraud model on a simulated world.",
        more="With --table and --spec it is fitted on a table with any columns instead, and with --cases "
        "and --outcomes, or --record, the served model on own returns: docs/operations/own-returns.md.",
    )
    _add_out(verb, "The release is written into this folder", "runs/fraud/release")
    verb.add_argument(
        "--version", metavar="NAME", default="1", help="The release is called this (default: %(default)s)."
    )
    verb.add_argument(
        "--search",
        type=int,
        metavar="N",
        help="N settings of the trees are tried first (default: 0; on a table beside its blend).",
    )
    verb.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="With --table: settings are tried until M minutes are up, and the best so far is kept (default: "
        "its blend alone, at most 20 times as long as LightGBM as it comes).",
    )
    verb.add_argument("--table", type=Path, metavar="T.csv", help="The model is fitted on this table.")
    verb.add_argument(
        "--spec",
        type=Path,
        metavar="S.yaml",
        help="This file names the target, the columns and the time of the table.",
    )
    add_own_sources(verb)
    verb.add_argument(
        "--release", type=Path, metavar="DIR", help="Own returns move this release (default: the champion)."
    )


def _train_fraud(options: argparse.Namespace) -> Told:
    from training.fraud import train_fraud, train_table

    if has_own_sources(options):
        require(not options.table, "give either --table or own returns")
        require(options.search is None, "--search is of the simulated world and of tables")
        require(options.minutes is None, "--minutes is of tables")
        return fit_own(options)
    require(not options.release, "--release goes with --cases and --outcomes, or with --record")
    require(bool(options.table) == bool(options.spec), "--table T.csv and --spec S.yaml go together")
    require(options.search is None or options.search >= 0, "--search takes a number of trials, 0 or more")
    require(options.minutes is None or options.table, "--minutes goes with --table T.csv and --spec S.yaml")
    require(options.minutes is None or options.minutes > 0, "--minutes takes a number above 0")
    on_world = partial(train_fraud, version=options.version, trials=options.search or 0)
    on_table = partial(
        train_table,
        options.table,
        options.spec,
        version=options.version,
        trials=options.search,
        minutes=options.minutes,
    )
    fit = on_table if options.table else on_world
    return [str(fit(options.out))]


def _add_evaluate_condition(verbs: Verbs) -> None:
    verb = add_verb(
        verbs,
        "condition",
        _evaluate_condition,
        "Measure the condition model and write the report as HTML and JSON.",
    )
    _add_photo_set(verb)
    _add_report(verb, "runs/condition/report")
    _add_settings_file(verb)
    add = partial(verb.add_argument, type=int, metavar="N", default=argparse.SUPPRESS)
    add("--drawn", help="N photos are drawn.")
    add("--gate-devices", help="The photos of N drawn devices are spoilt for the quality gate.")
    add("--graded-devices", help="N drawn devices are graded as a whole.")


def _evaluate_condition(options: argparse.Namespace) -> Iterable[str]:
    from training.condition.evaluate import evaluate_condition

    return [str(evaluate_condition(**given_options(options)))]


def _add_evaluate_fraud(verbs: Verbs) -> None:
    verb = add_verb(
        verbs,
        "fraud",
        _evaluate_fraud,
        "Measure the fraud model on another simulated world and write the report as HTML and JSON.",
        more="With own returns it is measured on those instead, and the base rate is estimated.",
    )
    _add_report(verb, "runs/fraud/report")
    add_own_sources(verb)
    verb.add_argument(
        "--policy", type=Path, metavar="FILE", help="The measured operating points are written here, too."
    )


def _evaluate_fraud(options: argparse.Namespace) -> Told:
    from training.fraud import evaluate_fraud

    if has_own_sources(options):
        return measure_own_returns(options)
    return [str(evaluate_fraud(out=options.out, release=options.release, policy=options.policy))]


def _add_photo_set(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--photos",
        type=Path,
        metavar="DIR",
        help="The labelled photos lie in this folder; without it, all photos are drawn.",
    )


def _add_report(verb: argparse.ArgumentParser, out: str) -> None:
    verb.add_argument(
        "--release", type=Path, metavar="DIR", help="This release is measured (default: the champion)."
    )
    _add_out(verb, "The report is written into this folder", out)


def _add_out(verb: argparse.ArgumentParser, what: str, folder: str) -> None:
    verb.add_argument(
        "--out", type=Path, metavar="DIR", default=Path(folder), help=f"{what} (default: %(default)s)."
    )


def _add_settings_file(verb: argparse.ArgumentParser) -> None:
    # What is not given is left to the function that reads it, so that the default has one home.
    verb.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        dest="settings_file",
        default=argparse.SUPPRESS,
        help="These settings are used (default: those that ship).",
    )
