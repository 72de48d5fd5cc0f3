"""Read a table with a specification into rows to learn from, and say what was found in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data.labelled.labelled_table import InvalidTable, TableSpec, column, read_rows
from features.encoding import Texts
from training.fraud.rows import Labels
from training.fraud.table.copies import find_copies, join_groups
from training.fraud.table.drift import misleads
from training.fraud.table.guards import is_sorted_by_label, leak_of, require_both_classes
from training.fraud.table.splits import Split, groups_of, split_by_drawing, split_in_time, times_of
from training.fraud.table.table_columns import Codes, Column, read_column
from training.fraud.table.table_findings import Findings

YES, NO = frozenset({"1", "1.0", "true", "yes", "y"}), frozenset({"0", "0.0", "false", "no", "n"})


@dataclass(frozen=True)
class SourceTable:
    """A table as read: the columns that are learned from, the target, the split and what was found."""

    spec: TableSpec
    columns: tuple[Column, ...]
    target: Labels
    split: Split
    findings: Findings

    def __len__(self) -> int:
        return len(self.target)


def read_source(path: Path, spec: TableSpec, *, blocks: int, seed: int) -> SourceTable:
    """Read a table, cut it into blocks and look for what would let a model cheat.

    Columns are left out that never vary, that name or number the rows (nothing is known of the names and
    numbers to come), that give the target away, or that mislead. Copied rows stay together.

    Raises InvalidTable for a missing column, a target that is not 0 or 1, words in a number column, and where
    nothing is left to learn from.
    """
    header, rows = read_rows(path)
    target = _target(spec.target, column(path, header, rows, spec.target))
    require_both_classes(spec.target, target)
    columns = [
        read_column(name, kind, column(path, header, rows, name)) for name, kind in spec.columns.items()
    ]
    told = {name: column(path, header, rows, name) for name in (spec.time, spec.group) if name is not None}
    findings = _without_leaks(path, spec, columns, target)
    kept = _kept(columns, findings)
    copies = find_copies(kept, target)
    findings = replace(findings, copied_rows=copies.rows, copy_groups=copies.groups)
    split = _split(spec, told, copies.group, findings, blocks=blocks, seed=seed)
    findings = replace(findings, misleading=_misleading(spec, kept, target, split))
    return SourceTable(spec, _kept(kept, findings), target, split, findings)


def _without_leaks(path: Path, spec: TableSpec, columns: list[Column], target: Labels) -> Findings:
    dropped = tuple(one.name for one in columns if one.is_uninformative)
    if len(dropped) == len(columns):
        raise InvalidTable(
            f"{path}: the columns {', '.join(dropped)} tell nothing: they never vary, or only number the rows"
        )
    judged = {one.name: leak_of(one, target) for one in columns if one.name not in (*dropped, *spec.known)}
    leaking = {name: how for name, how in judged.items() if how is not None}
    if len(dropped) + len(leaking) == len(columns):
        said = "; ".join(f"column {name!r}: {how}" for name, how in leaking.items())
        raise InvalidTable(
            f"{path}: nothing is left to learn from ({said}). Add columns that are known before the "
            "outcome, or list under `known` those that are"
        )
    in_order = spec.time is not None or spec.group is not None
    return Findings(dropped, leaking, order_tells=not in_order and is_sorted_by_label(target))


def _kept(columns: tuple[Column, ...] | list[Column], findings: Findings) -> tuple[Column, ...]:
    return tuple(one for one in columns if one.name not in findings.left_out)


def _split(
    spec: TableSpec, told: Mapping[str, Texts], copies: Codes, findings: Findings, *, blocks: int, seed: int
) -> Split:
    """Cut by time, or by the order of the rows where it may stand for time; else draw.

    Tables are mostly written as things happened.
    """
    groups = copies
    if spec.group is not None:
        groups = groups_of(spec.group, told[spec.group], blocks=blocks)
        joined = join_groups(groups, copies)
        # Copies among many groups can tie nearly all of them together, and nothing is left to draw.
        is_tied = np.bincount(joined).max() * blocks > len(joined)
        if is_tied and len(np.unique(joined)) < len(np.unique(groups)):
            split = _split(spec, told, np.arange(len(copies)), findings, blocks=blocks, seed=seed)
            return replace(split, copies=copies)
        groups = joined
    if spec.time is not None:
        return split_in_time(times_of(spec.time, told[spec.time]), groups, blocks=blocks)
    if spec.group is not None or findings.order_tells:
        return split_by_drawing(groups, blocks=blocks, seed=seed)
    return split_in_time(np.arange(len(groups)), groups, blocks=blocks)


def _misleading(
    spec: TableSpec, columns: tuple[Column, ...], target: Labels, split: Split
) -> tuple[str, ...]:
    """Return the columns that mislead, but none that the specification vouches for, and never all."""
    if split.is_drawn:
        return ()
    vouched = {*(spec.monotone or {}), *spec.known}
    found = tuple(
        one.name for one in columns if one.name not in vouched and misleads(one, target, split.period)
    )
    return found if len(found) < len(columns) else ()


def _target(name: str, texts: Texts) -> Labels:
    missing = sum(text is None for text in texts)
    if missing:
        raise InvalidTable(f"target {name!r} is missing in {missing:,} rows; remove them or fill them in")
    lowered = [str(text).lower() for text in texts]
    odd = sorted(set(lowered) - YES - NO)
    if odd:
        raise InvalidTable(
            f"target {name!r} must be 0 or 1 (or no and yes), it also holds {', '.join(odd[:5])}"
        )
    return np.array([text in YES for text in lowered], dtype=np.int8)
