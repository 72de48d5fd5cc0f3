"""Fit the fraud trainer on any table with a specification, and write it as a release."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from data.labelled.labelled_table import read_spec
from training.fraud.table.csv_table import read_source
from training.fraud.table.encoder import encoded_all
from training.fraud.table.fitting import fit_table
from training.fraud.table.progress import Progress
from training.fraud.table.table_release import release_table
from training.fraud.table.table_settings import TableSettings, read_table_settings
from training.fraud.trees.exact import make_exact

PARITY_ROWS = 500  # on which graph and trees are compared, beside those made to hit thresholds


def train_table(
    table: Path,
    spec: Path,
    out: Path,
    *,
    settings: TableSettings | None = None,
    version: str = "1",
    trials: int | None = None,
    minutes: float | None = None,
    quiet: bool = False,
) -> Path:
    """Fit on a table as its specification says and write a release into `out`; return that folder.

    version: what to call the release; trials: how many settings are tried beside the members of the blend;
    minutes: when to stop, with the best so far; without trials, others are tried as long as there is time.
    Raises InvalidTable with what to change for a table that can't be learned from.
    """
    settings = settings or read_table_settings()
    progress = Progress(minutes, quiet=quiet)
    source = read_source(table, read_spec(spec), blocks=settings.blocks, seed=settings.seed)
    for note in source.findings.notes():
        progress.tell(note)
    fitted = fit_table(source, settings, progress, trials=trials)
    progress.close()
    fitted = replace(fitted, trees=make_exact(fitted.trees))
    some = np.unique(np.linspace(0, len(source) - 1, PARITY_ROWS).astype(np.int64))
    release_table(out, version, table, source, fitted, encoded_all(source.columns, fitted.encodings, some))
    return out
