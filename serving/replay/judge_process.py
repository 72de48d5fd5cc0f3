"""Judge what comes in on the standard input: `python -m serving.replay.judge_process`.

It is started with the files of one kept configuration in the place of those that ship, and reads them as the
service does. It knows no record and no store: what it judges it is handed.
"""

import json
import os
import sys
from typing import BinaryIO

from pydantic import TypeAdapter

from data.case import parse_case
from data.memory.memory import Memory
from serving.judge import Judge
from serving.record.entry import canonical_json, case_document, decision_document
from serving.record.moment import from_text
from serving.replay.question import Answer, Question, read_message, write_message
from serving.settings import Settings
from serving.startup import open_judge

MEMORY = TypeAdapter(Memory)


def main() -> None:
    """Open the judge, say so, and answer until nothing more is asked."""
    told = _only_for_answers()
    try:
        judge = open_judge(Settings.of())
    # Whatever keeps it from being opened is the answer.
    except Exception as error:  # noqa: BLE001
        write_message(told, {"error": _said(error)})
        return
    write_message(told, {"error": ""})
    while (message := read_message(sys.stdin.buffer)) is not None:
        write_message(told, vars(_answer(judge, Question.of(*message))))


def _answer(judge: Judge, asked: Question) -> Answer:
    try:
        case = parse_case(json.loads(asked.case))
        decision = judge.judge(
            case,
            asked.photos,
            asked.views,
            MEMORY.validate_python(asked.memory) if asked.memory else None,
            decision_id=asked.decision_id,
            decided_at=from_text(asked.decided_at),
        )
        return Answer(canonical_json(decision_document(decision)), canonical_json(case_document(case)))
    # A decision that was taken once and can't be taken now is what a replay is to tell of.
    except Exception as error:  # noqa: BLE001
        return Answer(error=_said(error))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _only_for_answers() -> BinaryIO:
    """Return the standard output, and let whatever else is printed go where errors go."""
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return told


if __name__ == "__main__":
    main()
