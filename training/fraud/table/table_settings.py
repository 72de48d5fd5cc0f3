"""Define how the fraud trainer is run on a table from elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.labelled.labelled_table import TableSpec
from data.strict import Frozen
from data.versioned_file import read_yaml
from training.fraud.settings import BoostSettings
from training.fraud.table.csv_table import Encoder

_SETTINGS = Path(__file__).parent / "table_settings.yaml"


@dataclass(frozen=True)
class Bag:
    """The number of fits that are averaged: `most_fits`, or fewer that use `most_rows` together."""

    most_fits: int
    most_rows: int

    def fits(self, rows: int) -> int:
        """Return the number of fits for a table of so many rows."""
        return max(1, min(self.most_fits, self.most_rows // max(rows, 1)))


class TableSettings(Frozen):
    """The search and the split of a table; `search` lists values to try, the usual one first.

    The usual ones are tried together, then so many `trials`. The table is cut into `blocks`, of which the
    last `held_out` are held out in turn.
    """

    version: int
    blocks: int
    held_out: int
    trials: int
    seed: int
    threads: int
    rounds: int
    bag: Bag
    encoder: Encoder
    fixed: dict[str, Any]
    search: dict[str, list[Any]]

    def boosting(self, chosen: dict[str, Any], spec: TableSpec) -> BoostSettings:
        """Return settings for LightGBM with the chosen values of the search."""
        return BoostSettings(
            parameters=self.fixed | chosen,
            rounds=self.rounds,
            threads=self.threads,
            seed=self.seed,
            monotone=spec.monotone or {},
        )


def read_table_settings() -> TableSettings:
    """Read table_settings.yaml."""
    return read_yaml(_SETTINGS, TableSettings)
