"""Ask a judge that was opened with the files of a kept configuration."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from serving.replay.question import Answer, Question, read_message, write_message
from serving.replay.rebuilt_house import rebuild

_PROCESS = (sys.executable, "-m", "serving.replay.judge_process")


class JudgeNotOpened(ValueError):
    """No judge can be opened with the kept files by this release; the message says why."""


class JudgeDied(RuntimeError):
    """The judge's process ended while it was asked."""


class JudgeAsKept:
    """A process that judges by the files of one configuration, one question at a time."""

    def __init__(self, process: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
        self._process = process
        self._said = said

    def ask(self, question: Question) -> Answer:
        """Return what the judge decides; raises JudgeDied."""
        try:
            write_message(self._asked, question.header, [photo.body for photo in question.photos])
            message = read_message(self._told)
        except BrokenPipeError:
            message = None
        if message is None:
            raise JudgeDied(f"the process that judges ended: {self.last_said()}")
        return Answer(**message[0])

    def require_open(self) -> None:
        """Wait until the judge is open; raises JudgeNotOpened."""
        message = read_message(self._told)
        error = message[0]["error"] if message else f"its process ended: {self.last_said()}"
        if error:
            raise JudgeNotOpened(f"this release can't open what decided: {error}")

    def last_said(self) -> str:
        """Return the last lines that the process wrote to its standard error."""
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").split("\n")
        return " ".join(line.strip() for line in lines if line.strip()).strip()[-500:] or "it said nothing"

    @property
    def _asked(self) -> BinaryIO:
        return cast(BinaryIO, self._process.stdin)

    @property
    def _told(self) -> BinaryIO:
        return cast(BinaryIO, self._process.stdout)


@contextmanager
def open_judge_as_kept(files: Mapping[str, bytes], threads: int) -> Iterator[JudgeAsKept]:
    """Open a judge with kept files, and close it at the end; raises NotRebuilt or JudgeNotOpened."""
    with tempfile.TemporaryDirectory(prefix="regrade-replay-") as name, tempfile.TemporaryFile() as said:
        environment = rebuild(Path(name), files, threads)
        process = subprocess.Popen(
            _PROCESS,
            cwd=name,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        try:
            judge = JudgeAsKept(process, said)
            judge.require_open()
            yield judge
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Close what the process reads, upon which it ends; one that does not is ended."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
