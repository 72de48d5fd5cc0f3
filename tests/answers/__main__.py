"""Compare the answers of this checkout with those of an earlier commit: `python -m tests.answers BASE`.

Prints each difference that differences.yaml does not list, each entry there that nothing answers to, and the
counts. Exit code 1 if there is any of the two.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.answers.ask import Answer, ask
from tests.answers.difference import Difference, Meant, differences, read_meant
from tests.answers.inputs import write_inputs

CLONE = Path(__file__).resolve().parents[2]
MEANT = Path(__file__).with_name("differences.yaml")
SHOWN_CHARACTERS = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", help="the commit to compare with, such as v0.1.0")
    parser.add_argument("--inputs", type=Path, help="keep or take the inputs here instead of drawing them")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="regrade-answers-") as folder:
        work = Path(folder)
        inputs = options.inputs or work / "inputs"
        if not inputs.exists():
            write_inputs(inputs)
        with _checked_out(options.base, work / "base") as base:
            before = _asked(base, inputs, work / "before")
        after = _asked(CLONE, inputs, work / "after")
    return _report(before, list(differences(before, after)), read_meant(MEANT))


@contextmanager
def _checked_out(commit: str, folder: Path) -> Iterator[Path]:
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", folder, commit], cwd=CLONE, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=CLONE, check=True)


def _asked(checkout: Path, inputs: Path, work: Path) -> list[Answer]:
    work.mkdir()
    return ask(checkout, inputs, work)


def _report(before: Sequence[Answer], found: Sequence[Difference], meant: Sequence[Meant]) -> int:
    unlisted = [one for one in found if not any(entry.covers(one) for entry in meant)]
    unanswered = [entry for entry in meant if not any(entry.covers(one) for one in found)]
    for one in unlisted:
        print(f"{one.question}: {one.path}: {_short(one.before)} -> {_short(one.after)}")
    for entry in unanswered:
        print(f"listed but not found: {entry.questions}: {entry.paths} ({entry.why})")
    print(
        f"{len(before)} answers; {len(found)} values differ, {len(unlisted)} of them not listed; "
        f"{len(unanswered)} listed differences not found"
    )
    return 1 if unlisted or unanswered else 0


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


if __name__ == "__main__":
    sys.exit(main())
