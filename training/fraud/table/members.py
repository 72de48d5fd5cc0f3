"""Fit the members of a blend: boosted trees of different sizes that ask for names in different ways."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import lightgbm
import numpy as np

from features.encoding import ColumnEncoding
from training.fraud.rows import Matrix, Values
from training.fraud.settings import BoostSettings
from training.fraud.table.csv_table import SourceTable
from training.fraud.table.encoder import Encoder
from training.fraud.trees.boost import parameters_of
from training.metrics.ranked import Bools


class Categories(StrEnum):
    """The ways in which trees ask for names: for one by a flag (or its rate), or for a set of them."""

    FLAGS = "flags"
    SETS = "sets"


@dataclass(frozen=True)
class Member:
    """One member of a blend; `parameters` are LightGBM's own."""

    name: str
    categories: Categories
    rounds: int
    parameters: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the member for a manifest."""
        return {
            "name": self.name,
            "categories": self.categories.value,
            "rounds": self.rounds,
        } | self.parameters


class LearnedRows:
    """All rows of a source, encoded by what some of them tell, which alone are fitted."""

    def __init__(
        self, source: SourceTable, encoder: Encoder, rows: Bools, *, seed: int, threads: int
    ) -> None:
        self.source, self.rows = source, rows
        self.encodings: list[ColumnEncoding] = encoder.encodings(source.columns, source.target, rows)
        self._flags = encoder.learned_matrix(source.columns, self.encodings, source.target, rows)
        self._codes = np.stack([column.values for column in source.columns], axis=1)
        self._seed, self._threads = seed, threads

    def fit(self, member: Member) -> lightgbm.Booster:
        """Fit a member on the rows."""
        names = self._names(member)
        settings = BoostSettings(
            member.parameters,
            seed=self._seed,
            threads=self._threads,
            monotone=self.source.spec.monotone or {},
        )
        sets = member.categories is Categories.SETS
        data = lightgbm.Dataset(
            self._matrix(member)[self.rows],
            label=self.source.target[self.rows].astype(np.float64),
            # LightGBM takes no names with blanks or brackets.
            feature_name=[f"f{number}" for number in range(len(names))],
            categorical_feature=[
                place for place, column in enumerate(self.source.columns) if sets and not column.is_number
            ],
        )
        return lightgbm.train(parameters_of(names, settings), data, num_boost_round=member.rounds)

    def raw_scores(self, member: Member, rows: Bools) -> Values:
        """Fit a member, and return its raw scores of other rows."""
        booster = self.fit(member)
        return np.asarray(
            booster.predict(self._matrix(member)[rows], raw_score=True, num_threads=self._threads)
        )

    def _matrix(self, member: Member) -> Matrix | Values:
        return self._codes if member.categories is Categories.SETS else self._flags

    def _names(self, member: Member) -> tuple[str, ...]:
        if member.categories is Categories.SETS:
            return tuple(column.name for column in self.source.columns)
        return tuple(name for one in self.encodings for name in one.features)
