"""Score the lines of a file in batches, in this process or in several, always in their order."""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.case import InvalidCase
    from serving.fraud.model import FraudModel

BATCH_CASES = 500
# Batches that wait for each process or for their turn: more would only take memory.
BATCHES_AHEAD = 2


@dataclass(frozen=True)
class ScoredLine:
    """The answer to one line as JSON, with the notes on its case, or the problem that it has."""

    text: str
    rma_id: str | None
    notes: tuple[str, ...] = ()
    problem: "InvalidCase | None" = None


def scored_lines(
    lines: "Iterable[bytes | InvalidCase]",
    *,
    reasons: int | None,
    processes: int = 1,
    batch_cases: int = BATCH_CASES,
) -> Iterator[ScoredLine]:
    """Yield the answer to each line; the same bytes from however many processes.

    `reasons` is as of Scorer.score. Each process opens the model. No more lines are read than are in hand, so
    that memory stays bounded.
    """
    ahead = iter(lines)
    batches = iter(lambda: list(islice(ahead, batch_cases)), [])
    if processes == 1:
        return chain.from_iterable(_score(batch, reasons) for batch in batches)
    return chain.from_iterable(_in_processes(batches, reasons, processes))


def _in_processes(
    batches: "Iterator[list[bytes | InvalidCase]]", reasons: int | None, processes: int
) -> Iterator[list[ScoredLine]]:
    # Fresh processes: a copy of this one would hold its threads' locks without its threads.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    waiting: deque[Future[list[ScoredLine]]] = deque()
    with pool:
        for batch in batches:
            waiting.append(pool.submit(_score, batch, reasons))
            if len(waiting) >= processes * BATCHES_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@cache
def _opened() -> "FraudModel":
    """Open the model of this process, once."""
    from serving.settings import Settings
    from serving.settled import settle
    from serving.startup import open_scorer

    model = open_scorer(Settings.of())
    settle()
    return model


def _score(batch: "list[bytes | InvalidCase]", reasons: int | None) -> list[ScoredLine]:
    from data.case import InvalidCase, case_of
    from serving.fraud.scorer import score_in_order
    from serving.http.answers import json_text, score_values

    answers = []
    for line, one in zip(batch, score_in_order(_opened(), batch, case_of, reasons=reasons), strict=True):
        problem = one.score if isinstance(one.score, InvalidCase) else None
        values: dict[str, Any] = score_values(_sent(line) if problem else None, one.score, one.notes)
        answers.append(ScoredLine(json_text(values), values["rma_id"], one.notes, problem))
    return answers


def _sent(line: "bytes | InvalidCase") -> Any:
    """Return what a refused line says as far as it can be parsed, for its rma_id."""
    try:
        return json.loads(line) if isinstance(line, bytes) else None
    except (ValueError, RecursionError):
        return None
