import numpy as np

from data.labelled.labelled_table import ColumnKind
from training.fraud.table.drift import misleads
from training.fraud.table.table_columns import read_column

ROWS = 4000
BLOCK = np.arange(ROWS) * 10 // ROWS


def number_misleads(texts: list[str], target: np.ndarray, period: np.ndarray) -> bool:
    return misleads(read_column("one", ColumnKind.NUMBER, texts), target, period)


def labels_that_follow(value: np.ndarray, rng: np.random.Generator, sign: np.ndarray) -> np.ndarray:
    return (rng.random(ROWS) < 0.1 * np.exp(0.8 * sign * (value - value.mean()))).astype(np.int8)


def test_a_number_that_turns_around_misleads():
    rng = np.random.default_rng(3)
    value = rng.normal(size=ROWS)
    turned = labels_that_follow(value, rng, np.where(BLOCK < 5, 1.0, -1.0))
    texts = [f"{one:.3f}" for one in value]
    assert number_misleads(texts, turned, np.where(BLOCK < 5, 0, 1))


def test_names_whose_order_turns_around_mislead():
    rng = np.random.default_rng(4)
    value = rng.integers(0, 4, ROWS)
    turned = labels_that_follow(value, rng, np.where(BLOCK < 6, 1.0, -1.0))
    texts = [None if one == 3 else f"name {one}" for one in value.tolist()]
    assert misleads(read_column("one", ColumnKind.CATEGORY, texts), turned, np.where(BLOCK < 6, 0, 1))


def test_columns_that_hold_or_tell_nothing_do_not_mislead():
    rng = np.random.default_rng(5)
    value = rng.normal(size=ROWS)
    steady = labels_that_follow(value, rng, np.ones(ROWS))
    assert not number_misleads([f"{one:.3f}" for one in value], steady, BLOCK)
    silent = [[f"{one:.3f}" for one in rng.normal(size=ROWS)] for _ in range(200)]
    assert not any(number_misleads(texts, steady, BLOCK) for texts in silent)


def test_what_can_not_be_told_does_not_mislead():
    rng = np.random.default_rng(6)
    target = (rng.random(ROWS) < 0.1).astype(np.int8)
    assert not number_misleads(["nan"] * ROWS, target, BLOCK)
    assert not number_misleads(["1"] * ROWS, np.zeros(ROWS, np.int8), BLOCK)
    assert not number_misleads(["1"] * ROWS, target, np.zeros(ROWS, np.int64))
