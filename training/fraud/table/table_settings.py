"""Define how the fraud trainer is run on a table from elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np

from data.strict import Frozen
from data.versioned_file import read_yaml
from training.fraud.table.encoder import Encoder
from training.fraud.table.members import Categories, Member

_SETTINGS = Path(__file__).parent / "table_settings.yaml"


class TableSettings(Frozen):
    """The split of a table, the members of the blend, and values of others that may be tried.

    The table is cut into `blocks`; `held_out` are the numbers of blocks that are held out in turn, the latest
    last.
    """

    version: int
    blocks: int
    held_out: tuple[int, ...]
    seed: int
    threads: int
    encoder: Encoder
    members: tuple[Member, ...]
    search: dict[str, list[Any]]

    def candidate(self, number: int) -> Member:
        """Return another member to try, drawn from the search; the same for the same number."""
        rng = np.random.default_rng([self.seed, number])
        chosen = {name: values[int(rng.integers(len(values)))] for name, values in self.search.items()}
        rounds, categories = chosen.pop("rounds"), Categories(chosen.pop("categories"))
        return Member(f"tried {number}", categories, rounds, chosen)


def read_table_settings() -> TableSettings:
    """Read table_settings.yaml."""
    return read_yaml(_SETTINGS, TableSettings)
