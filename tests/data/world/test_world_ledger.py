"""The ledger of the simulated world: which earlier returns share something with a new one."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from data.world.returns.ledger import PER_LINK, Entries, Ledger

LINKS = ("account", "address", "payment", "unit", "label", "photo")


def drawn(seed: int, count: int, values: int) -> Ledger:
    """Return a ledger whose keys are drawn from so many values, -1 (no key) among them."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {field.name: np.zeros(count, np.int64) for field in fields(Entries)}
    columns |= {name: rng.integers(-1, values, count) for name in LINKS}
    return Ledger(Entries(**columns))


def by_hand(entries: Entries, new_from: int) -> dict[tuple[int, int], int]:
    links: dict[tuple[int, int], int] = {}
    for bit, name in enumerate(LINKS):
        keys = getattr(entries, name)
        for row in range(new_from, len(keys)):
            earlier = [k for k in range(row) if keys[row] >= 0 and keys[k] == keys[row]]
            for entry in earlier[-PER_LINK:]:
                links[row - new_from, entry] = links.get((row - new_from, entry), 0) | 1 << bit
    return links


@pytest.mark.parametrize(
    ("count", "new_from", "values"), [(0, 0, 3), (5, 5, 3), (6, 0, 3), (120, 90, 4), (120, 100, 60)]
)
def test_each_new_return_is_linked_to_the_latest_that_share_a_key(count, new_from, values):
    ledger = drawn(count + values, count, values)
    pairs = ledger.linked(new_from)
    found = {
        (int(row), int(entry)): int(links)
        for row, entry, links in zip(pairs.row, pairs.entry, pairs.links, strict=True)
    }
    assert found == by_hand(ledger.entries, new_from)
    assert len(found) == len(pairs.row)
    assert list(found) == sorted(found)
