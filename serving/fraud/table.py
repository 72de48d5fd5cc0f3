"""Score the rows of any table with a model that was fitted on one like it."""

import csv
from pathlib import Path
from typing import Self, TextIO

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from data.labelled.labelled_table import column, read_rows
from features.encoding import ColumnEncoding, column_encoding_of
from serving.release import BrokenRelease, Release, open_session

BATCH = 4_096  # rows that are encoded at once: where names are many, each becomes thousands of features


class TableModel:
    """One released model of a table; unknown names and missing cells count as unknown."""

    def __init__(
        self, release: Release, session: onnxruntime.InferenceSession, encodings: list[ColumnEncoding]
    ) -> None:
        self.identity = release.identity
        self._session = session
        self._encodings = encodings

    @classmethod
    def open(cls, release: Release) -> Self:
        """Load the graph and the encodings of its columns.

        Raises BrokenRelease for a release that is not one of a table.
        """
        contract = release.manifest["input_contract"]
        if contract.get("kind") != "table":
            raise BrokenRelease(f"{release.folder} is no model of a table; score cases with it instead")
        session = open_session(release, threads=1)
        return cls(release, session, [column_encoding_of(saved) for saved in contract["columns"]])

    def score(self, table: Path) -> NDArray[np.float32]:
        """Return a probability for each row of a CSV table, in its order.

        Raises InvalidTable if a column that the model needs is not there.
        """
        header, rows = read_rows(table)
        texts = [column(table, header, rows, one.name) for one in self._encodings]
        parts = [np.zeros(0, dtype=np.float32)]
        for start in range(0, len(rows), BATCH):
            some = [
                one.encode(cells[start : start + BATCH])
                for one, cells in zip(self._encodings, texts, strict=True)
            ]
            (found,) = self._session.run(["probability"], {"features": np.concatenate(some, axis=1)})
            parts.append(np.asarray(found[:, 0], dtype=np.float32))
        return np.concatenate(parts)

    def write_scores(self, table: Path, out: TextIO) -> int:
        """Write CSV with one `probability` a row, in the table's order; return how many."""
        scores = self.score(table).tolist()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["probability"])
        writer.writerows([f"{score:.9g}"] for score in scores)
        return len(scores)
