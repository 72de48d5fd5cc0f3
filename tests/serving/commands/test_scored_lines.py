"""Lines are answered in their order and in the same bytes, in whatever batches and processes."""

import json
import pickle
from collections.abc import Iterator
from pathlib import Path

from data.case import InvalidCase
from serving.commands.scored_lines import ScoredLine, scored_lines

EXAMPLES: list[dict[str, object]] = json.loads(Path("data/demo/cases.json").read_text(encoding="utf-8"))


def lines() -> list[bytes | InvalidCase]:
    cases: list[bytes | InvalidCase] = [json.dumps(example["case"]).encode() for example in EXAMPLES]
    return [*cases[:3], b'{"rma": {"rma_id": "R-9"}}', b"no case", InvalidCase(["case: cut"], 3), *cases[3:]]


def seen(found: Iterator[ScoredLine]) -> list[tuple[object, ...]]:
    return [(one.text, one.rma_id, one.notes, one.problem and one.problem.problems) for one in found]


def test_two_processes_answer_as_one_does() -> None:
    one = seen(scored_lines(lines(), reasons=3))
    two = seen(scored_lines(lines(), reasons=3, processes=2, batch_cases=2))

    assert two == one
    assert [problem is not None for *_, problem in one[3:6]] == [True] * 3


def test_no_more_lines_are_read_than_are_in_hand() -> None:
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"no case"

    found = scored_lines(endless(), reasons=0, batch_cases=2)
    assert next(found).problem is not None
    assert len(read) == 2


def test_a_problem_travels_between_processes_whole() -> None:
    problem = pickle.loads(pickle.dumps(InvalidCase(["one", "two"], 4)))

    assert (problem.problems, problem.unlisted) == (["one", "two"], 4)
    assert str(problem) == "one; two; and 4 more"
