"""Measure what the chain costs: four writers on PostgreSQL, with the journal and without it, in turn."""

import dataclasses
import multiprocessing
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe

import numpy as np
from sqlalchemy import insert

from serving.record.chain.seal import seal_if_possible
from serving.record.entry import Entry, Kept, canonical_json, row_of
from serving.record.memory.trait_keys import ensure_keys
from serving.record.memory.trait_marks import mark_decision
from serving.record.photo_store.named_photos import name_photos
from serving.record.record import Record, kept_of
from serving.record.tables import DECISIONS, EVENTS
from tests.postgres import PostgresServer, postgres_server, program_path
from tests.serving.record.entries import entry

WRITERS = 4
# What the project promises of the chain: at most a tenth of what is written without it.
LEAST_RATIO = 0.9
# With fsync, as an operator runs it.
SETTINGS = ("listen_addresses=127.0.0.1",)
ROUNDS = 5


@dataclass(frozen=True)
class ChainCost:
    """Decisions a second that four writers keep, over rounds in turn, and the ratio of each pair."""

    rounds: int
    appends: int
    chained: float
    plain: float
    ratios: tuple[float, ...]

    def __str__(self) -> str:
        low, middle, high = np.percentile(self.ratios, [0, 50, 100])
        return (
            f"record    {WRITERS} writers on PostgreSQL: {self.chained:,.0f} decisions a second chained, "
            f"{self.plain:,.0f} without the chain, ratio {middle:.2f} ({low:.2f} to {high:.2f}) over "
            f"{self.rounds} rounds of {self.appends:,}; promised {LEAST_RATIO:.2f}"
        )


def measure_chain(appends: int) -> ChainCost | None:
    """Let four processes write with the chain and without it in turn; None where no server is installed."""
    if program_path("initdb") is None:
        return None
    with postgres_server(SETTINGS, in_memory=False) as server, _writers(appends) as pipes:
        rates = [
            (_rate(server, pipes, True, appends), _rate(server, pipes, False, appends)) for _ in range(ROUNDS)
        ]
    chained, plain = (float(np.median(each)) for each in zip(*rates, strict=True))
    return ChainCost(ROUNDS, WRITERS * appends, chained, plain, tuple(a / b for a, b in rates))


@contextmanager
def _writers(appends: int) -> Iterator[list[Pipe]]:
    """Start the processes once: that takes longer than what is measured."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(WRITERS)]
    workers = [context.Process(target=_write, args=(far, appends)) for _, far in pipes]
    for worker in workers:
        worker.start()
    yield [near for near, _ in pipes]
    _send([near for near, _ in pipes], None)
    for worker in workers:
        worker.join()


def _rate(server: PostgresServer, pipes: list[Pipe], is_chained: bool, appends: int) -> float:
    """Let all writers write into a new record, and return how many decisions they kept in a second."""
    url = server.new_database()
    Record.open(url, new_id=str).close()
    _send(pipes, (url, is_chained))
    started = time.perf_counter()
    _send(pipes, "go")
    return WRITERS * appends / (time.perf_counter() - started)


def _send(pipes: list[Pipe], message: object) -> None:
    """Tell every writer, and wait until each has answered."""
    for pipe in pipes:
        pipe.send(message)
    for pipe in pipes:
        pipe.recv()


def _write(pipe: Pipe, appends: int) -> None:
    given = entry()
    while (asked := pipe.recv()) is not None:
        url, is_chained = asked
        record, keep = Record.open(url, new_id=_new_id), _chained if is_chained else _plain
        keep(record, _anew(given))
        pipe.send("ready")
        pipe.recv()
        for _ in range(appends):
            keep(record, _anew(given))
        if is_chained:
            # What is left open is part of what the chain costs.
            seal_if_possible(record.database)
        pipe.send("done")
        record.close()
    pipe.send("ended")


def _chained(record: Record, given: Entry) -> Kept:
    return record.append(given)


def _plain(record: Record, given: Entry) -> Kept:
    """Keep a decision, its event, its photos' names and its marks as `append` does, without the journal."""
    keys = record._keys = record._keys or ensure_keys(record.database)
    row = row_of(given)
    told = {name: row[name] for name in ("disposition", "destination")}
    event = {"event_id": _new_id(), "type": "decision.made", "at": row["decided_at"]}
    with record.database.in_time(), record.database.begin() as connection:
        name_photos(connection, given.decision, row["decided_at"], given.photos)
        key = connection.execute(insert(DECISIONS), row).inserted_primary_key
        sequence = int(key[0]) if key else 0
        of_decision = {"decision_id": row["decision_id"], "data": canonical_json(told)}
        connection.execute(insert(EVENTS), {**event, **of_decision})
        mark_decision(connection, keys, sequence, given)
    return kept_of(sequence, row, ())


def _anew(given: Entry) -> Entry:
    return dataclasses.replace(given, decision=dataclasses.replace(given.decision, decision_id=_new_id()))


def _new_id() -> str:
    return uuid.uuid4().hex
