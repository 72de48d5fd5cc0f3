"""`regrade policy`: check a policy file, and show what it says."""

import argparse

from serving.commands.command_line import ExitCode
from serving.commands.parser import LinesWithCode, Told, Verbs, add_group, add_verb


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


def _explain(options: argparse.Namespace) -> Told:
    from serving.commands.policy_tables import policy_lines
    from serving.disposition.policy import open_policy
    from serving.settings import Settings

    settings = Settings.of()
    return policy_lines(open_policy(options.policy or settings.policy, settings.rates))
