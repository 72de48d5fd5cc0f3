"""What a commit has to pass is the same by hand, by hook and in CI, and every new subject fits into a log."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

# The last commit before subjects had a limit.
LIMITED_FROM = "8a29b97"
LIMIT = 72


def test_the_hooks_are_the_checks_of_make_lint(clone: Path) -> None:
    makefile = (clone / "Makefile").read_text()
    recipe = makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    checks = [line.removeprefix("\t@") for line in recipe.splitlines() if line.startswith("\t@$(")]
    commands = [
        check.replace("$(BIN)", ".venv/bin").replace("$(PAGE)", "tests/javascript") for check in checks
    ]

    config = yaml.safe_load((clone / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]

    assert len(commands) == 6
    assert [hook["entry"] for hook in hooks if "stages" not in hook] == commands
    assert {hook["language"] for hook in hooks} == {"system"}


def test_every_new_commit_has_a_subject_that_a_log_shows_whole(clone: Path) -> None:
    log = git(clone, "log", "--no-merges", "--format=%s", f"{LIMITED_FROM}..HEAD")
    if log.returncode:
        # A shallow clone does not hold the commit: its own last one is there all the same.
        log = git(clone, "log", "--no-merges", "--format=%s", "-1")
    if log.returncode or not log.stdout:
        pytest.skip("no new commit is here: this is no clone")

    result = check(clone, log.stdout)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        ("Read " + "é" * (LIMIT - 4), f"it has {LIMIT + 1} characters"),
        ("   ", "it is empty"),
        ("Read the photo.", "full stop"),
        ("Read the photo\n\n" + "x" * 100, "it is empty"),
    ],
)
def test_a_subject_that_a_log_cuts_off_is_refused_with_what_to_do(
    clone: Path, subject: str, says: str
) -> None:
    result = check(clone, subject)

    assert result.returncode == 1
    assert says in result.stderr
    assert re.search(rf"in up to {LIMIT} characters", result.stderr)


def test_the_body_of_a_message_may_be_as_long_as_it_likes(clone: Path, tmp_path: Path) -> None:
    message = tmp_path / "COMMIT_EDITMSG"
    message.write_text("Read " + "é" * (LIMIT - 5) + "\n\n" + "The reason. " * 20, encoding="utf-8")

    result = subprocess.run(
        [str(clone / ".ci" / "commit-subject"), str(message)], capture_output=True, check=False
    )

    assert result.returncode == 0, result.stderr


def check(clone: Path, subjects: str) -> subprocess.CompletedProcess[str]:
    command = [str(clone / ".ci" / "commit-subject"), "-"]
    return subprocess.run(command, input=subjects, capture_output=True, text=True, check=False)


def git(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(clone), *arguments], capture_output=True, text=True, check=False)
