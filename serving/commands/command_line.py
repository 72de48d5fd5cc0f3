"""Run one verb of the command line: print its lines, and return its exit code."""

import argparse
import errno
import os
import sys
from collections.abc import Collection, Sequence
from enum import IntEnum
from io import TextIOWrapper

from serving.commands.parser import LinesThenCode, LinesWithAside, LinesWithCode, Told
from serving.version import installed_version

MESSAGE_CHARACTERS = 2_000
# What the machine lacks, whatever was asked of it.
NO_FAULT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class OutputLost(RuntimeError):
    """Output of a verb that can't be written."""


class ExitCode(IntEnum):
    """The ends of a verb, for the shell that called it; argparse ends with ASKED_WRONGLY by itself."""

    DONE = 0
    FAILED = 1
    ASKED_WRONGLY = 2
    SET_ASIDE = 3
    """Everything was done but for items that the output names."""
    INTERRUPTED = 130


def run_verb(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, *, rooms: Collection[str]
) -> int:
    """Run the verb that the arguments name and return its exit code.

    An error of our own is told in one line on stderr: input that can't be used ends with ASKED_WRONGLY, a
    service or release that does not work with FAILED. Own are those whose packages `rooms` names; any other
    is a bug and keeps its traceback.
    """
    # It would send to its maker what is run, and leave files in the home of whoever runs it.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    options = parser.parse_args(arguments)
    try:
        return _print(options.run(options))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough, such as `head`.
        return ExitCode.FAILED
    except Exception as error:
        message = _message(error, rooms)
        if message is None:
            raise
        tell(message)
        return _code_of(error)


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add `--version`, which prints the version and ends."""
    parser.add_argument(
        "--version",
        action=_ShowVersion,
        nargs=0,
        dest=argparse.SUPPRESS,
        default=argparse.SUPPRESS,
        help="show the version and exit",
    )


def tell(message: str) -> None:
    """Print a notice on stderr, so that what is printed on stdout stays machine-readable."""
    # Where it was closed Python has none, and would print among the output.
    if sys.stderr is not None:
        print(f"regrade: {message}", file=sys.stderr)


class _ShowVersion(argparse.Action):
    """Unlike argparse's own action, look the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"{parser.prog} {installed_version()}")
        parser.exit()


def _print(told: Told) -> int:
    """Print the lines that a verb returned; return its exit code."""
    if told is None or isinstance(told, int):
        return told or ExitCode.DONE
    if sys.stdout is None:
        raise OutputLost("the output can't be written: it is closed; give it a file or /dev/null")
    if isinstance(sys.stdout, TextIOWrapper):
        # Names of files may hold what no encoding can write.
        sys.stdout.reconfigure(errors="backslashreplace")
    for line in told.lines if isinstance(told, LinesWithAside | LinesWithCode | LinesThenCode) else told:
        _print_line(line)
    return _code_after(told)


def _code_after(told: Told) -> int:
    """Return the exit code of a verb whose lines were printed, and tell what it set aside."""
    if isinstance(told, LinesThenCode):
        return told.code()
    if isinstance(told, LinesWithCode):
        return told.code
    if not isinstance(told, LinesWithAside) or not told.aside.count:
        return ExitCode.DONE
    for line in told.aside.lines():
        tell(line)
    return ExitCode.SET_ASIDE


def _print_line(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError as error:
        # Python would try to write the rest of it once more at its end, and complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputLost(f"the output can't be written: {error.strerror}; make room for it") from error


def _message(error: Exception, rooms: Collection[str]) -> str | None:
    """Return what to tell the person; None for a bug."""
    if isinstance(error, ModuleNotFoundError) and _package(error.name) not in rooms:
        return f'this needs {error.name}, which a plain install leaves out: pip install "regrade[train]"'
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return _one_line(str(error)) if _package(type(error).__module__) in rooms else None


def _one_line(message: str) -> str:
    """Return a message in one line: of a file the name, then each thing that is wrong in it."""
    from data.first_errors import excerpt

    head, *lines = [line.strip() for line in message.splitlines() if line.strip()] or [""]
    joined = "; ".join(lines)
    return excerpt(
        f"{head} {joined}" if head.endswith(":") else "; ".join([head, *lines]), MESSAGE_CHARACTERS
    )


def _code_of(error: Exception) -> ExitCode:
    """Return the exit code of an error of our own: they are RuntimeErrors where the input is not at fault."""
    has_failed = isinstance(error, RuntimeError | ImportError) or getattr(error, "errno", None) in NO_FAULT
    return ExitCode.FAILED if has_failed else ExitCode.ASKED_WRONGLY


def _package(module: str | None) -> str:
    return str(module).partition(".")[0]
