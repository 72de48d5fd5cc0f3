"""Notebooks are thin callers: they run from top to bottom and store no output."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

HOUSE = Path(__file__).parents[2]
NOTEBOOKS = sorted((HOUSE / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_stores_no_output(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in cells] == [[]] * len(cells)
    assert [cell.execution_count for cell in cells] == [None] * len(cells)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path):
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(HOUSE)}}).execute()
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code")
