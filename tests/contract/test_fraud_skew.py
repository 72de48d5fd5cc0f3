"""Offline replay and online scoring must see the very same bits."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from data.case import read_case
from data.case_columns import CaseColumns
from data.fraud import Moment
from data.world import Block, WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from features.case.case_vector import compute, vectorise_many
from tests.contract.store import Asking, replay

SETTINGS = WorldSettings(seed=21, returns=10_200)


def without_photos(columns: CaseColumns) -> CaseColumns:
    """A message carries no photo findings; they come from the photos themselves."""
    return replace(columns, findings=replace(columns.findings, taken_s=np.full(len(columns), np.nan)))


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return list(simulate(SETTINGS))


@pytest.fixture(scope="module")
def asked(blocks: list[Block]) -> list[Asking]:
    return list(replay(blocks, SETTINGS))


def test_ten_thousand_cases_get_the_same_bits_offline_and_online(
    blocks: list[Block], asked: list[Asking]
) -> None:
    """Online a store is asked as events come in; offline the same world is replayed as columns."""
    compared = 0
    for number, asked_of_block in grouped_by_block(asked):
        cases = [read_case(json.dumps(asking.case)) for asking in asked_of_block]
        rows = np.array([asking.row for asking in asked_of_block])
        as_of = np.array([blocks[number].as_of(asking.moment)[asking.row] for asking in asked_of_block])
        offline = compute(without_photos(blocks[number].columns()).take(rows).at(as_of))

        assert vectorise_many(cases, [None] * len(cases)).tobytes() == offline.tobytes()
        compared += len(cases)
    assert compared >= 10_000


def grouped_by_block(asked: Iterable[Asking]) -> Iterator[tuple[int, list[Asking]]]:
    ordered = sorted(asked, key=lambda asking: (asking.block, asking.row))
    for number, group in groupby(ordered, key=lambda asking: asking.block):
        yield number, list(group)


def test_the_store_is_asked_at_every_moment_and_about_reviews_that_came_in_between(
    asked: list[Asking],
) -> None:
    outcomes = Counter(
        prior.get("outcome", "unknown")
        for asking in asked
        for prior in asking.case["history"]["prior_returns"]
    )

    assert all(count > 1_000 for count in Counter(asking.moment for asking in asked).values())
    assert min(outcomes[name] for name in ("honest", "fraud", "unknown")) > 100


def test_the_messages_of_a_world_carry_the_history_that_its_columns_hold(blocks: list[Block]) -> None:
    for block in blocks[-2:]:
        cases = [read_case(json.dumps(message)) for message in case_messages(block, load_figures(), SETTINGS)]
        offline = compute(without_photos(block.columns()))

        assert vectorise_many(cases, [None] * len(cases)).tobytes() == offline.tobytes()


def test_one_case_alone_gets_the_same_bits_as_in_a_batch(blocks: list[Block]) -> None:
    messages = list(case_messages(blocks[-1], load_figures(), SETTINGS))[:120]
    cases = [read_case(json.dumps(message)) for message in messages]

    together = vectorise_many(cases, [None] * len(cases))

    alone = [vectorise_many([case], [None]) for case in cases]
    assert np.concatenate(alone).tobytes() == together.tobytes()


@pytest.mark.parametrize("moment", list(Moment))
def test_an_earlier_as_of_hides_what_came_later(blocks: list[Block], moment: Moment) -> None:
    block = blocks[-1]
    as_of = block.as_of(moment)
    reached = np.flatnonzero(~np.isnan(as_of))[:200]
    offline = compute(without_photos(block.columns().take(reached).at(as_of[reached])))

    messages = list(case_messages(block, load_figures(), SETTINGS))
    stamps = np.datetime_as_string(as_of[reached].astype("datetime64[s]"))
    cases = [
        read_case(json.dumps(messages[row] | {"as_of": f"{stamp}Z"}))
        for row, stamp in zip(reached, stamps, strict=True)
    ]

    assert vectorise_many(cases, [None] * len(cases)).tobytes() == offline.tobytes()
