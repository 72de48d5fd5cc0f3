"""Turn the options of own returns into calls; what they need is imported late."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from serving.commands.options import instant
from serving.commands.parser import LinesWithAside, Told, require

if TYPE_CHECKING:
    from data.inbound import SetAsides
    from training.fraud.own.own_sources import OwnSources
    from training.fraud.own.settings import OwnSettings


def add_own_sources(verb: argparse.ArgumentParser) -> None:
    """Add the options that say where own returns come from."""
    verb.add_argument(
        "--cases",
        type=Path,
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE",
        help="Own returns lie in these files: JSON, Parquet, X12 180, or CSV with --mapping.",
    )
    verb.add_argument(
        "--outcomes",
        type=Path,
        metavar="FILE",
        help="This file says what became known of them: rma_id, outcome, known_at, propensity.",
    )
    verb.add_argument("--mapping", type=Path, metavar="M.yaml", help="What the columns of CSV cases are.")
    verb.add_argument(
        "--record", metavar="URL", help="Own returns are the decisions of this record, instead of files."
    )
    verb.add_argument(
        "--as-of", type=instant, metavar="TIME", help="Outcomes that became known later do not count."
    )
    verb.add_argument(
        "--confirmed",
        type=float,
        metavar="SHARE",
        help="So much of the fraud that is reviewed is confirmed (default: assumed 0.75, wardrobing 0.45).",
    )


def has_own_sources(options: argparse.Namespace) -> bool:
    """Return whether own returns were given; raises WrongOptions for options that do not go together."""
    files = bool(options.cases or options.outcomes)
    require(not (files and options.record), "give either --cases and --outcomes, or --record")
    require(bool(options.cases) == bool(options.outcomes), "--cases FILE and --outcomes FILE go together")
    given = files or bool(options.record)
    for name in ("mapping", "as_of", "confirmed"):
        is_lone = getattr(options, name) is not None and not given
        require(not is_lone, f"--{name.replace('_', '-')} goes with --cases and --outcomes, or --record")
    require(not (options.mapping and options.record), "--mapping is of CSV files, not of a record")
    share = options.confirmed
    require(share is None or 0.05 <= share <= 1, f"--confirmed {share} is no share: give 0.05 to 1")
    return given


def fit_own(options: argparse.Namespace) -> Told:
    """Fit the served model on own returns, and print what was done while it is."""
    from data.inbound import SetAsides

    aside = SetAsides()
    return LinesWithAside(_fit_lines(options, aside), aside)


def measure_own_returns(options: argparse.Namespace) -> Told:
    """Measure a release on own returns, and print the figures."""
    from data.inbound import SetAsides

    aside = SetAsides()
    return LinesWithAside(_measure_lines(options, aside), aside)


def _fit_lines(options: argparse.Namespace, aside: "SetAsides") -> Iterator[str]:
    from training.fraud.own.own_rows import all_rows
    from training.fraud.own.train_own import train_own

    settings = _settings(options)
    matched, lines = _sources(options).read(aside)
    yield from lines
    rows = all_rows(matched, settings.labels.weight_limit, known_only=True)
    yield from train_own(
        rows, options.out, settings=settings, release=options.release, version=options.version
    )
    yield str(options.out)


def _measure_lines(options: argparse.Namespace, aside: "SetAsides") -> Iterator[str]:
    from training.fraud.own.evaluate_own import evaluate_own

    matched, lines = _sources(options).read(aside)
    yield from lines
    yield from evaluate_own(
        matched, options.out, settings=_settings(options), release=options.release, policy=options.policy
    )


def _sources(options: argparse.Namespace) -> "OwnSources":
    from training.fraud.own.own_sources import OwnSources

    return OwnSources(options.cases, options.outcomes, options.mapping, options.record, options.as_of)


def _settings(options: argparse.Namespace) -> "OwnSettings":
    from training.fraud.own.settings import read_own_settings, with_confirmed

    return with_confirmed(read_own_settings(), options.confirmed)
