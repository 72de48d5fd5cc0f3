"""Start Regrade from the command line; the verbs stand in serving/commands and in training."""

import argparse
import sys
from collections.abc import Sequence

from serving.commands.command_line import add_version, run_verb
from serving.commands.verbs import add_serving_verbs
from training.verbs import add_training_verbs

ROOMS = frozenset({"data", "features", "serving", "training"})
ABOUT = """\
Regrade takes photos and cases of returned devices. It says which condition a device is in, how likely
the return is fraudulent, and what should happen to it."""
MORE = """\
`regrade VERB --help` says what a verb takes.
Exit codes: 0 done, 1 something failed, 2 asked wrongly, 3 done with something set aside, 130 interrupted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the verb that the arguments name and return its exit code."""
    return run_verb(parser(), arguments, rooms=ROOMS)


def parser() -> argparse.ArgumentParser:
    """Return the parser of every verb; what a verb needs is imported when it runs."""
    top = argparse.ArgumentParser(
        prog="regrade",
        description=ABOUT,
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(top)
    verbs = top.add_subparsers(metavar="VERB", required=True)
    add_serving_verbs(verbs)
    add_training_verbs(verbs)
    return top


if __name__ == "__main__":
    sys.exit(main())
