"""Add `regrade study NAME` to the command line; what a study needs is imported late."""

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from serving.commands.parser import Verbs, add_group, add_verb, given_options, require


def add_studies(verbs: Verbs) -> None:
    """Add every study, in the order that the help lists them."""
    studies = add_group(
        verbs,
        "study",
        "Answer one question about a release or the trainer.",
        of="NAME",
    )
    for add in (
        _add_risk,
        _add_seen,
        _add_real,
        _add_more_damage,
        _add_int8,
        _add_elsewhere,
        _add_tenfold,
        _add_unsent,
        _add_photo_memory,
        _add_photo_labels,
        _add_photo_proof,
        _add_own_returns,
    ):
        add(studies)


def _add_risk(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "risk",
        _risk,
        "How sure must a grade be to be given without a person?",
        more="Drawn devices are graded, and each threshold tells how many it decides, and how many wrongly.",
    )
    _add_release(verb)
    _add_out(verb, "risk.json and risk.png are written into this folder", "runs/condition/risk")
    add = _adder(verb)
    add("--devices", type=int, metavar="N", help="N devices are drawn (default: as the settings say).")
    add("--photos", type=Path, metavar="DIR", help="Real cracked devices of this photo set are graded, too.")
    add(
        "--settings",
        type=Path,
        metavar="FILE",
        dest="settings_file",
        help="These settings are used (default: those that ship).",
    )
    _add_state(verb)


def _risk(options: argparse.Namespace) -> Iterable[str]:
    _require_release_to_change(options, "state")
    from training.studies.risk_study import evaluate_risk, lines_of, state_in

    given = given_options(options)
    is_stated = given.pop("state")
    found = evaluate_risk(**given)
    if is_stated:
        state_in(options.release, found)
    return lines_of(found)


def _add_seen(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "seen",
        _seen,
        "How sure must a grade be that goes as far as the photos show?",
        more="Drawn devices are graded by each set of their sides, and real photos labelled by eye.",
    )
    _add_release(verb)
    _add_out(verb, "seen.json is written into this folder", "runs/condition/seen")
    add = _adder(verb)
    add("--devices", type=int, metavar="N", help="N devices are drawn (default: as risk.yaml says).")
    add("--photos", type=Path, metavar="DIR", help="Photos of this set that no run learns from are graded.")
    _add_run_settings(add)
    _add_state(verb)


def _seen(options: argparse.Namespace) -> Iterable[str]:
    _require_release_to_change(options, "state")
    from training.studies.seen_study import study_seen

    return study_seen(**given_options(options))


def _add_real(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "real-photos",
        _real_photos,
        "How does a release do on real photos, source by source?",
        more="Photos labelled by eye are graded, and some of them after changes that change nothing.",
        other_spellings=["real_photos"],
    )
    _add_release(verb)
    verb.add_argument(
        "--photos", type=Path, required=True, metavar="DIR", help="The labelled photos lie in this folder."
    )
    _add_out(verb, "real.json is written into this folder", "runs/condition/real")
    add = _adder(verb)
    add("--changed", type=int, metavar="N", help="N photos are changed in every harmless way.")
    _add_run_settings(add)


def _real_photos(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.real_study import study_real

    return study_real(**given_options(options))


def _add_state(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--state", action="store_true", help="What was found is written into the manifest of --release."
    )


def _require_release_to_change(options: argparse.Namespace, flag: str) -> None:
    require(
        options.release or not getattr(options, flag),
        f"--{flag} needs --release DIR: the champion is not changed in place",
    )


def _add_run_settings(add: Callable[..., argparse.Action]) -> None:
    add(
        "--settings",
        type=Path,
        metavar="FILE",
        dest="settings_file",
        help="The settings of the run, which say what it learns from (default: those that ship).",
    )


def _add_more_damage(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "more-damage",
        _more_damage,
        "Does more damage ever make a better grade?",
        more="One defect after another is drawn onto the same photo of a device.",
        other_spellings=["more_damage"],
    )
    _add_release(verb)
    add = _adder(verb)
    add("--devices", type=int, metavar="N", help="N phones are drawn, with up to 4 steps each.")
    add("--seed", type=int, metavar="N", help="The same seed draws the same phones.")
    add("--out", type=Path, metavar="FILE", help="The figures are written here as JSON.")


def _more_damage(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.more_damage import count_better_grades

    return count_better_grades(**given_options(options))


def _add_int8(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "int8",
        _int8,
        "What would eight-bit weights save, and cost?",
        more="Time, size and the finest cracks of both graphs are compared; nothing is released.",
    )
    _add_release(verb)
    verb.add_argument(
        "--photos", type=Path, required=True, metavar="DIR", help="The labelled photos lie in this folder."
    )


def _int8(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.int8 import compare_int8

    return compare_int8(**given_options(options))


def _add_elsewhere(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "elsewhere",
        _elsewhere,
        "How does the fraud trainer do on public tables?",
        more="It is set beside a plain LightGBM on the tables that training/studies/elsewhere.yaml lists.",
    )
    verb.add_argument(
        "tables",
        type=Path,
        metavar="DIR",
        help="The tables lie in this folder, as PACKAGE/NAME.csv; those not there are left out.",
    )


def _elsewhere(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.elsewhere import compare_tables

    return compare_tables(options.tables)


def _add_tenfold(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "tenfold",
        _tenfold,
        "What would ten times the returns and the model bring?",
        more="The larger model sees ten times the returns; it is set beside the recipe and the release.",
    )
    _add_release(verb)
    _add_out(verb, "tenfold.json is written into this folder", "runs/fraud/tenfold")
    add = _adder(verb)
    add("--returns", type=int, metavar="N", help="The recipe learns from N returns, the larger from 10 N.")
    add("--found", type=Path, metavar="FILE", help="This tenfold.json of an earlier run is taken instead.")
    verb.add_argument(
        "--card", action="store_true", help="What was found is written into the card of --release, too."
    )


def _tenfold(options: argparse.Namespace) -> Iterable[str]:
    _require_release_to_change(options, "card")
    given = given_options(options)
    require(
        options.card or "found" not in given, "--found FILE goes with --card, which writes it into a card"
    )
    from training.studies.tenfold import study_tenfold

    return study_tenfold(**given)


def _add_unsent(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "unsent",
        _unsent,
        "What does a fraud model do where facts are not sent, and when one fact changes?",
        more="Worlds it did not learn from are scored whole, as each sender sends them, and without parts.",
    )
    _add_release(verb)
    add = _adder(verb)
    add("--beside", type=Path, metavar="DIR", help="The release in this folder is measured on the same rows.")
    add("--returns", type=int, metavar="N", help="Each of the three worlds has N returns.")
    add("--cases", type=int, metavar="N", help="N cases have one fact after the other changed.")
    add("--out", type=Path, metavar="FILE", help="The figures are written here as JSON.")


def _unsent(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.unsent_study import study_unsent

    return study_unsent(**given_options(options))


def _add_photo_memory(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "photo-memory",
        _photo_memory,
        "Is another unit's photo ever taken for one that was used?",
        more="Units of one model are drawn at one station, most with a dark screen, and copies of photos.",
        other_spellings=["photo_memory"],
    )
    add = _adder(verb)
    add("--stations", type=int, metavar="N", help="N stations are drawn (default: as the settings say).")
    add("--seed", type=int, metavar="N", help="The same seed draws the same stations.")
    add("--photos", type=Path, metavar="DIR", help="Each two photos of this photo set are compared, too.")


def _photo_memory(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.photo_memory import study_photo_memory

    return study_photo_memory(**given_options(options))


def _add_photo_labels(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "photo-labels",
        _photo_labels,
        "How repeatable are the labels that real photos were given by eye?",
        more="Each photo was looked at twice; training/condition/labels/by_eye.md says how.",
        other_spellings=["photo_labels"],
    )
    add = _adder(verb)
    add("--labels", type=Path, metavar="FILE", help="This table is read (default: the one that ships).")
    add("--photos", type=Path, metavar="DIR", help="The labels of this photo set are held against it, too.")


def _photo_labels(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.photo_labels import study_photo_labels

    return study_photo_labels(**given_options(options))


def _add_photo_proof(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "photo-proof",
        _photo_proof,
        "What do photos prove beside the condition, and whom do honest ones accuse?",
        more="Codes and capture times of real photos are read, and drawn labels of several sizes.",
        other_spellings=["photo_proof"],
    )
    add = _adder(verb)
    add("--photos", type=Path, metavar="DIR", help="The honest photos of this photo set are read.")
    add("--drawn", type=int, metavar="N", help="N labels of each kind and size are drawn (default: 40).")


def _photo_proof(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.photo_proof import study_photo_proof

    return study_photo_proof(**given_options(options))


def _add_own_returns(studies: Verbs) -> None:
    verb = add_verb(
        studies,
        "own-returns",
        _own_returns,
        "From how many own outcomes on does fitting the fraud model on them help?",
        more="Simulated operators that differ as training/studies/own-returns.yaml says; minutes for each.",
        other_spellings=["own_returns"],
    )
    _add_release(verb)
    _add_out(verb, "own-returns.json is written into this folder", "runs/fraud/own-returns")
    add = _adder(verb)
    add("--worlds", nargs="+", metavar="NAME", help="Only these operators are simulated.")
    add("--counts", nargs="+", type=int, metavar="N", help="So many outcomes are learnt from.")
    add("--returns", type=int, metavar="N", help="Each operator has N returns in its year.")


def _own_returns(options: argparse.Namespace) -> Iterable[str]:
    from training.studies.own_returns import study_own_returns

    return study_own_returns(**given_options(options))


def _add_release(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--release", type=Path, metavar="DIR", help="This release is studied (default: the champion)."
    )


def _add_out(verb: argparse.ArgumentParser, what: str, folder: str) -> None:
    verb.add_argument(
        "--out", type=Path, metavar="DIR", default=Path(folder), help=f"{what} (default: %(default)s)."
    )


def _adder(verb: argparse.ArgumentParser) -> Callable[..., argparse.Action]:
    """Return what adds options that are left to the study where they are not given: it knows the default."""
    return partial(verb.add_argument, default=argparse.SUPPRESS)
