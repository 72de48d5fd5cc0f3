"""Draw fraud-like tables with one trap each, for the trainer of tables; all numbers are simulated."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

Cells = dict[str, np.ndarray]


def claims(count: int, *, seed: int = 5, share: float = 0.08) -> Cells:
    """Draw claims of which the amount, the age of the account and the channel tell something."""
    rng = np.random.default_rng(seed)
    amount, age = rng.gamma(2.0, 60.0, count), rng.exponential(300.0, count)
    channel = rng.choice(["web", "shop", "phone", "app"], count, p=[0.5, 0.3, 0.1, 0.1])
    odds = 0.012 * amount - 0.004 * age + 1.2 * (channel == "phone")
    fraud = rng.random(count) < 1.0 / (1.0 + np.exp(-(odds - np.quantile(odds, 1.0 - share / 2.0))))
    return {
        "amount": np.round(amount, 2),
        "age_days": np.round(age, 1),
        "channel": channel,
        "fraud": fraud.astype(int),
    }


def copied(count: int) -> Cells:
    """Copy three tenths of the rows, answers and all, anywhere among the others."""
    rng, first = np.random.default_rng(6), claims(int(count * 0.7))
    rows = len(first["fraud"])
    order = rng.permutation(np.concatenate([np.arange(rows), rng.integers(0, rows, count - rows)]))
    return {name: cells[order] for name, cells in first.items()}


def leaking_missing(count: int) -> Cells:
    """Fill in the day of the chargeback where there was fraud, and hardly anywhere else."""
    rng, cells = np.random.default_rng(7), claims(count)
    is_told = (cells["fraud"] == 1) | (rng.random(count) < 0.01)
    day = np.where(is_told, rng.integers(1, 90, count).astype(str), "")
    return cells | {"chargeback_day": day}


def drifting(count: int) -> Cells:
    """Let a column tell the opposite in later rows, and let the share of fraud rise."""
    cells, rng = claims(count), np.random.default_rng(8)
    later = np.arange(count) >= 0.5 * count
    turned = np.where(later, -1.0, 1.0) * (cells["fraud"] - 0.5) + rng.normal(0.0, 0.7, count)
    return cells | {"week": np.arange(count) // 200, "turned": np.round(turned, 4)}


def many_names(count: int) -> Cells:
    """Add a shop among two thousand, of which one in twenty is worse."""
    rng, cells = np.random.default_rng(9), claims(count)
    shop = rng.integers(0, 2000, count)
    more = (shop % 20 == 0) & (rng.random(count) < 0.2)
    return cells | {"shop": np.char.add("shop ", shop.astype(str)), "fraud": cells["fraud"] | more}


def wide(count: int) -> Cells:
    """Add columns that tell nothing."""
    rng, cells = np.random.default_rng(10), claims(count)
    return cells | {f"noise_{number}": np.round(rng.normal(size=count), 3) for number in range(60)}


def sorted_by_answer(count: int) -> Cells:
    """Sort the rows by the answer."""
    cells = claims(count)
    order = np.argsort(cells["fraud"], kind="stable")
    return {name: column[order] for name, column in cells.items()}


def rare(count: int) -> Cells:
    """Draw few positives."""
    return claims(count, share=0.02)


HARD: dict[str, Callable[[int], Cells]] = {
    "copied": copied,
    "leaking missing": leaking_missing,
    "drifting": drifting,
    "many names": many_names,
    "wide": wide,
    "sorted by the answer": sorted_by_answer,
    "rare": rare,
}


def write_cells(folder: Path, cells: Cells, name: str = "t.csv") -> Path:
    """Write a table as CSV and return its path."""
    with (folder / name).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
    return folder / name


def write_spec(folder: Path, cells: Cells, more: str = "", *, without: tuple[str, ...] = ()) -> Path:
    """Write the specification of a table and return its path."""
    kinds = {
        name: "category" if column.dtype.kind == "U" and name != "chargeback_day" else "number"
        for name, column in cells.items()
        if name != "fraud" and name not in without
    }
    columns = ", ".join(f"{name}: {kind}" for name, kind in kinds.items())
    (folder / "s.yaml").write_text(f"target: fraud\ncolumns: {{{columns}}}\n{more}")
    return folder / "s.yaml"
