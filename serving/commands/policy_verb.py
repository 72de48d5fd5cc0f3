"""`regrade policy`: check a policy file, show what it says, and what another one would change."""

import argparse
from typing import TYPE_CHECKING

from serving.commands.command_line import ExitCode
from serving.commands.options import add_record, day, settings_of
from serving.commands.parser import LinesWithCode, Told, Verbs, add_group, add_verb, require

if TYPE_CHECKING:
    from serving.commands.policy.policy_replay import Redoing
    from serving.settings import Settings


def add_to(verbs: Verbs) -> None:
    """Add the verb with what it does to a policy."""
    group = add_group(verbs, "policy", "Check, explain or compare disposition policies.", of="WHAT")
    check = add_verb(
        group,
        "check",
        _check,
        "Say which lines of a policy file are wrong, and what is allowed there.",
        more="Exit codes: 0 it can be used, 1 it can't, 2 there is no such file.",
    )
    check.add_argument("policy", metavar="FILE", help="This file, or shipped policy, is checked.")
    explain = add_verb(group, "explain", _explain, "Show what a policy says, as tables.")
    explain.add_argument(
        "policy",
        nargs="?",
        metavar="FILE",
        help="This file, or shipped policy, is shown (default: the one that is served).",
    )
    diff = add_verb(
        group, "diff", _diff, "Decide what the record keeps under two policies, and tell what changes."
    )
    diff.add_argument(
        "old",
        metavar="OLD",
        help="Decisions are redone under this policy, or by the criteria pack in this file.",
    )
    diff.add_argument("new", metavar="NEW", help="And under this one.")
    diff.add_argument(
        "--since", type=day, metavar="DATE", help="Only decisions since then are redone, by UTC."
    )
    diff.add_argument("--json", action="store_true", help="One line of JSON is printed.")
    add_record(diff)


def _check(options: argparse.Namespace) -> Told:
    from serving.disposition.policy import InvalidPolicy, NoPolicy, open_policy

    try:
        policy = open_policy(options.policy)
    except NoPolicy:
        raise
    except InvalidPolicy as error:
        return LinesWithCode([line.strip() for line in str(error).splitlines()], ExitCode.FAILED)
    form = "" if policy.form == 3 else ", in the form before version 3"
    found = f"{len(policy.table)} rows and {len(policy.overrides)} overrides{form}"
    return [f"{policy.name} {policy.version} can be used: {found}; sha256 {policy.sha256}"]


def _diff(options: argparse.Namespace) -> Told:
    from serving.commands.policy.policy_diff import compared, json_lines, word_lines
    from serving.commands.policy.policy_replay import redo_kept
    from serving.record.record import Record

    settings = settings_of(options)
    old, new = _redoings(options.old, options.new, settings)
    one, other = old.policy.currency, new.policy.currency
    require(one == other, f"{options.old} is in {one} and {options.new} in {other}: name two of one currency")
    record = Record.open(settings.record_url, str)
    try:
        redone = redo_kept(record, old, new, options.since)
        found = compared(options.old, options.new, new.policy, redone)
    finally:
        record.close()
    lines = json_lines(found) if options.json else word_lines(found)
    return LinesWithCode(lines, ExitCode.SET_ASIDE if found.left_out else ExitCode.DONE)


def _redoings(old: str, new: str, settings: "Settings") -> "tuple[Redoing, Redoing]":
    """Return how two policies, or two criteria packs under the policy that is served, decide."""
    from serving.commands.policy.pack_replay import is_pack, pack_redoings
    from serving.commands.policy.policy_replay import Redoing
    from serving.disposition.policy import open_policy

    packs = [is_pack(name) for name in (old, new)]
    require(all(packs) or not any(packs), "name two policies, or the files of two criteria packs")
    if all(packs):
        return pack_redoings(old, new, settings)
    return Redoing(open_policy(old, settings.rates)), Redoing(open_policy(new, settings.rates))


def _explain(options: argparse.Namespace) -> Told:
    from serving.commands.policy.policy_tables import policy_lines
    from serving.disposition.policy import open_policy
    from serving.settings import Settings

    settings = Settings.of()
    return policy_lines(open_policy(options.policy or settings.policy, settings.rates))
