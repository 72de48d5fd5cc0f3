"""`regrade shadow`: tell what a candidate would have decided beside what was served."""

import argparse
from typing import TYPE_CHECKING

from serving.commands.options import add_record, day, settings_of
from serving.commands.parser import Told, Verbs, WrongOptions, add_group, add_verb

if TYPE_CHECKING:
    from serving.record.shadows.shadow_trial import ShadowTrial
    from serving.settings import Settings

MORE = """\
A candidate is named in a file and decides beside the service: `regrade serve --shadow FILE`. What it did not
get to is told as skipped. docs/operations/shadow.md says how to try one."""


def add_to(verbs: Verbs) -> None:
    """Add the verb with what it tells."""
    group = add_group(verbs, "shadow", "Tell what a candidate would have decided.", of="WHAT")
    report = add_verb(group, "report", _report, "Compare a candidate with what was decided.", more=MORE)
    add_record(report)
    report.add_argument("--since", type=day, metavar="DATE", help="Only decisions since then count, by UTC.")
    report.add_argument(
        "--candidate", metavar="NAME", help="Only this candidate is told of (default: every one)."
    )
    report.add_argument("--json", action="store_true", help="One line of JSON is printed for each candidate.")


def _report(options: argparse.Namespace) -> Told:
    from serving.commands.shadow.shadow_report import trial_lines, trial_values
    from serving.http.answers import json_text

    trials = _trials(options, settings_of(options))
    if options.json:
        return [json_text(trial_values(trial)) for trial in trials]
    return [line for trial in trials for line in trial_lines(trial)]


def _trials(options: argparse.Namespace, settings: "Settings") -> "list[ShadowTrial]":
    from serving.record.opening import open_unchanged
    from serving.record.shadows.shadow_trial import read_trials
    from serving.record.snapshot import snapshot

    engine = open_unchanged(settings.record_url)
    try:
        with snapshot(engine) as connection:
            found = list(read_trials(connection, candidate=options.candidate, since=options.since))
            there = sorted({trial.candidate for trial in read_trials(connection)}) if not found else []
    finally:
        engine.dispose()
    if not found:
        named = ", ".join(there) or "none; `regrade serve --shadow FILE` lets one decide"
        raise WrongOptions(f"no candidate {options.candidate or ''} has decided here; there is {named}")
    return found
