"""Offer the verbs of this room on the command line: train and evaluate; what they need is imported late."""

import argparse
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from serving.commands.parser import Verbs, add_group, add_verb, require

EVALUATED = frozenset({"drawn", "gate_devices", "graded_devices"})


def add_training_verbs(verbs: Verbs) -> None:
    """Add `train condition | fraud` and `evaluate condition | fraud`."""
    train = add_group(verbs, "train", "fit a model and write it as a release")
    evaluate = add_group(verbs, "evaluate", "measure a release through the code that serves it")
    for add in (_add_train_condition, _add_train_fraud):
        add(train)
    for add in (_add_evaluate_condition, _add_evaluate_fraud):
        add(evaluate)


def _add_train_condition(verbs: Verbs) -> None:
    verb = add_verb(verbs, "condition", _train_condition, "fit the model that sees damage on photos")
    _add_photo_set(verb)
    verb.add_argument("--weights", type=Path, help="mobilenet_v2 weights, or network.pt of a run")
    verb.add_argument("--out", type=Path, default=Path("runs/condition/release"), metavar="DIR")
    verb.add_argument("--work", type=Path, default=Path("runs/condition"), help="keeps the checkpoint")
    verb.add_argument("--hold-out", default="", metavar="SOURCE,...", help="sources that only validate")
    verb.add_argument("--audit", type=Path, help="report.json of a run with sources held out, for the card")
    _add_settings_file(verb)


def _train_condition(options: argparse.Namespace) -> Iterable[str]:
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
    return [str(release.folder)]


def _add_train_fraud(verbs: Verbs) -> None:
    verb = add_verb(verbs, "fraud", _train_fraud, "fit the model that scores fraud, on a simulated world")
    verb.add_argument("--out", type=Path, default=Path("runs/fraud/release"), metavar="DIR")
    verb.add_argument("--version", default="1", help="what to call the release (default: %(default)s)")
    verb.add_argument(
        "--search",
        type=int,
        metavar="N",
        help="try N settings of the trees first (default: 0; on a table 10)",
    )
    verb.add_argument("--table", type=Path, metavar="T.csv", help="fit on this table instead, ...")
    verb.add_argument("--spec", type=Path, metavar="S.yaml", help="... as this says: target, columns, time")


def _train_fraud(options: argparse.Namespace) -> Iterable[str]:
    from training.fraud import train_fraud, train_table

    require(bool(options.table) == bool(options.spec), "--table T.csv and --spec S.yaml go together")
    require(options.search is None or options.search >= 0, "--search takes a number of trials, 0 or more")
    on_world = partial(train_fraud, version=options.version, trials=options.search or 0)
    on_table = partial(
        train_table, options.table, options.spec, version=options.version, trials=options.search
    )
    fit = on_table if options.table else on_world
    return [str(fit(options.out))]


def _add_evaluate_condition(verbs: Verbs) -> None:
    verb = add_verb(verbs, "condition", _evaluate_condition, "measure it on photos, and write HTML and JSON")
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


def _evaluate_condition(options: argparse.Namespace) -> Iterable[str]:
    from training.condition.evaluate import evaluate_condition

    given: dict[str, Any] = {**_settings_file(options)}
    given |= {name: value for name, value in vars(options).items() if name in EVALUATED}
    page = evaluate_condition(photos=options.photos, out=options.out, release=options.release, **given)
    return [str(page)]


def _add_evaluate_fraud(verbs: Verbs) -> None:
    verb = add_verb(
        verbs, "fraud", _evaluate_fraud, "measure it on another simulated world, as HTML and JSON"
    )
    _add_report(verb, "runs/fraud/report")
    verb.add_argument("--policy", type=Path, metavar="FILE", help="also write the measured operating points")


def _evaluate_fraud(options: argparse.Namespace) -> Iterable[str]:
    from training.fraud import evaluate_fraud

    return [str(evaluate_fraud(out=options.out, release=options.release, policy=options.policy))]


def _add_photo_set(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--photos", type=Path, metavar="DIR", help="a photo set; without it drawn photos only")


def _add_report(verb: argparse.ArgumentParser, out: str) -> None:
    verb.add_argument("--release", type=Path, metavar="DIR", help="default: the champion")
    verb.add_argument("--out", type=Path, default=Path(out), metavar="DIR")


def _add_settings_file(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--settings", type=Path, metavar="FILE", help="default: the settings that ship")


def _settings_file(options: argparse.Namespace) -> dict[str, Path]:
    return {"settings_file": options.settings} if options.settings else {}
