"""Offline replay and online scoring must see the very same bits."""

import json
from dataclasses import replace

import numpy as np
import pytest

from data.case import read_case
from data.case_columns import CaseColumns
from data.fraud import Moment
from data.world import Block, WorldSettings, simulate
from data.world.figures import load_figures
from data.world.messages import case_messages
from features.case import compute, vectorise, vectorise_many

SETTINGS = WorldSettings(seed=21, returns=12_000)


def without_photos(columns: CaseColumns) -> CaseColumns:
    """A message carries no photo findings; they come from the photos themselves."""
    return replace(columns, findings=replace(columns.findings, taken_s=np.full(len(columns), np.nan)))


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return list(simulate(SETTINGS))[4:]


def test_ten_thousand_cases_get_the_same_bits_offline_and_online(blocks: list[Block]) -> None:
    compared = 0
    for block in blocks:
        cases = [read_case(json.dumps(message)) for message in case_messages(block, load_figures(), SETTINGS)]
        offline = compute(without_photos(block.columns()))

        assert vectorise_many(cases, [None] * len(cases)).tobytes() == offline.tobytes()
        compared += len(cases)
    assert compared >= 10_000


def test_one_case_alone_gets_the_same_bits_as_in_a_batch(blocks: list[Block]) -> None:
    messages = list(case_messages(blocks[0], load_figures(), SETTINGS))[:120]
    cases = [read_case(json.dumps(message)) for message in messages]

    together = vectorise_many(cases, [None] * len(cases))

    assert np.stack([vectorise(case) for case in cases]).tobytes() == together.tobytes()


@pytest.mark.parametrize("moment", list(Moment))
def test_an_earlier_as_of_hides_what_came_later(blocks: list[Block], moment: Moment) -> None:
    block = blocks[0]
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
