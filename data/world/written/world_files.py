"""Write a simulated world to disk: Parquet tables and the same cases as JSON lines, block by block."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from data.world.calendar import start_second
from data.world.figures import load_figures
from data.world.settings import WorldSettings
from data.world.simulation import population, simulate
from data.world.written.block_tables import block_tables, customers_table
from data.world.written.messages import world_case_lines

CASES_FILE = "cases.jsonl"


class TableWriters:
    """Parquet files that grow block by block; the first block decides the columns."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._writers: dict[str, pq.ParquetWriter] = {}

    def write(self, tables: dict[str, pa.Table]) -> None:
        """Append each table to its file, `<name>.parquet`."""
        for name, table in tables.items():
            if name not in self._writers:
                self._writers[name] = pq.ParquetWriter(self._out / f"{name}.parquet", table.schema)
            self._writers[name].write_table(table)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()


def write_world(settings: WorldSettings, out: Path, *, progress: Any = None) -> dict[str, int]:
    """Write the world of `settings` into `out` and return how many rows each table has.

    progress: called with the number of returns written so far, after each block. Memory stays bounded: a
    block of days and a year of return numbers. The same settings write the same bytes.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    figures = load_figures()
    people, rings = population(settings, figures)
    with TableWriters(out) as writers, (out / CASES_FILE).open("w", encoding="utf-8") as cases:
        _write(
            writers, counts, {"customers": customers_table(people, rings, figures, start_second(settings))}
        )
        for block in simulate(settings):
            _write(writers, counts, block_tables(block, figures, settings))
            for line in world_case_lines(block, figures, settings):
                cases.write(line)
            if progress is not None:
                progress(block.first + len(block))
    return counts


def _write(writers: TableWriters, counts: dict[str, int], tables: dict[str, pa.Table]) -> None:
    writers.write(tables)
    for name, table in tables.items():
        counts[name] = counts.get(name, 0) + table.num_rows
