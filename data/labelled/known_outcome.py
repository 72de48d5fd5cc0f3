"""Read what became known of returns: was it fraud, when was that known, and how likely was it to be known.

A file is JSON lines, CSV or Parquet with a row for each return. It may have other columns, which are ignored:
so what `regrade export labels` and `regrade simulate` write is read as it is.
"""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from data.case import explain
from data.fraud import Typology
from data.history import PriorOutcome
from data.identity.spelling import plain_name
from data.strict import Frozen, Identifier, Instant, Number

SHOWN = 20
# What simulated worlds call it.
OTHER_NAMES = {"review_propensity": "propensity"}


class InvalidOutcomes(ValueError):
    """A file of outcomes that can't be used; the message says what to change."""


class KnownOutcome(Frozen):
    """What became known of one return.

    propensity: how likely it was that anybody would know, by what was decided; None where nobody can say.
    weight: for how many returns it stands, where whoever wrote the file knows better than 1 / propensity.
    typology: the kind of fraud, where a reviewer said it.
    """

    rma_id: Identifier
    outcome: PriorOutcome
    known_at: Instant
    propensity: Annotated[Number, Field(gt=0.0, le=1.0)] | None = None
    weight: Annotated[Number, Field(gt=0.0, le=1e6)] | None = None
    typology: Typology | None = None

    @property
    def is_fraud(self) -> bool:
        """Return whether it was fraud."""
        return self.outcome is PriorOutcome.FRAUD

    def stands_for(self, most: float) -> float | None:
        """Return for how many returns it stands, at most so many; None where nobody can say."""
        weight = self.weight or (1.0 / self.propensity if self.propensity else None)
        return None if weight is None else min(weight, most)


@dataclass
class Outcomes:
    """The outcomes of a file by the plainly spelled number of their return, and what was not used of it.

    unknown: rows that say no outcome. repeated: further rows of a return that agree. contradicted: returns of
    which rows disagree; what became known last counts.
    """

    known: dict[str, KnownOutcome] = field(default_factory=dict)
    unknown: int = 0
    repeated: int = 0
    contradicted: set[str] = field(default_factory=set)

    def add(self, outcome: KnownOutcome) -> None:
        """Add what one row says."""
        if outcome.outcome is PriorOutcome.UNKNOWN:
            self.unknown += 1
            return
        name = plain_name(outcome.rma_id)
        before = self.known.setdefault(name, outcome)
        if before is outcome:
            return
        if before.outcome is outcome.outcome:
            # The same was said before: it was known from then on.
            self.repeated += 1
            self.known[name] = min(before, outcome, key=lambda one: one.known_at)
        else:
            self.contradicted.add(name)
            self.known[name] = max(before, outcome, key=lambda one: (one.known_at, one.is_fraud))

    def lines(self) -> Iterator[str]:
        """Yield a line for each thing that was not used as it stands."""
        if self.unknown:
            yield f"{self.unknown} rows say no outcome and are not learnt from: nobody is honest unsaid"
        if self.repeated:
            yield f"{self.repeated} rows repeat what another one says of their return, and count once"
        if self.contradicted:
            yield (
                f"{len(self.contradicted)} returns have rows that contradict each other: what became known "
                "last counts"
            )


def read_outcomes(path: Path) -> Outcomes:
    """Read a file of outcomes; raises InvalidOutcomes naming each wrong row, column and what is allowed."""
    found, wrong = Outcomes(), []
    for place, row in _rows(path):
        try:
            found.add(_outcome(row))
        except ValidationError as error:
            wrong += [f"{path.name} {place}: {line}" for line in explain(error, whole="row")]
    if wrong:
        beyond = f"\n  and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise InvalidOutcomes(f"{path}:\n  " + "\n  ".join(wrong[:SHOWN]) + beyond)
    if not found.known:
        raise InvalidOutcomes(
            f"{path} says no outcome: give rows with rma_id, outcome (fraud or honest) and known_at"
        )
    return found


def _outcome(row: Mapping[str, Any]) -> KnownOutcome:
    renamed = {OTHER_NAMES.get(name, name): value for name, value in row.items()}
    given = {name: value for name, value in renamed.items() if name in KnownOutcome.model_fields}
    given = {name: value for name, value in given.items() if value is not None}
    if given.get("outcome", PriorOutcome.UNKNOWN) == PriorOutcome.UNKNOWN and "known_at" not in given:
        # An export has a row for each decision, also for those of which nobody told anything.
        given |= {"outcome": PriorOutcome.UNKNOWN, "known_at": datetime.fromisoformat("2000-01-01T00:00:00Z")}
    return KnownOutcome.model_validate(given)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each row with its place, by what the file begins with."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise InvalidOutcomes(f"{path} can't be read ({error.strerror}): give the path of a file") from error
    if begin == b"PAR1":
        return _of_parquet(path)
    return _of_json(path) if begin.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else _of_csv(path)


def _of_json(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InvalidOutcomes(
                    f"{path.name} line {number} is no JSON ({error}): correct it"
                ) from error
            if not isinstance(row, dict):
                raise InvalidOutcomes(f"{path.name} line {number}: give an object, in braces")
            yield f"line {number}", row


def _of_csv(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows = csv.DictReader(file, strict=True)
            _require_columns(path, rows.fieldnames or ())
            for row in rows:
                if None in row or None in row.values():
                    raise InvalidOutcomes(
                        f"{path.name} line {rows.line_num} has another number of cells than the header: "
                        "correct it"
                    )
                yield f"line {rows.line_num}", {name: _cell(name, text) for name, text in row.items()}
        except (UnicodeDecodeError, csv.Error) as error:
            raise InvalidOutcomes(
                f"{path.name} is no CSV in UTF-8 ({error}): give JSON lines, CSV or Parquet"
            ) from error


def _of_parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InvalidOutcomes(
            f'{path}: reading Parquet needs pyarrow: pip install "regrade[parquet]"'
        ) from error
    try:
        with pq.ParquetFile(path) as file:
            _require_columns(path, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(10_000):
                for row in batch.to_pylist():
                    number += 1
                    yield f"row {number}", {name: _plain(value) for name, value in row.items()}
    except (pa.ArrowException, ValueError, OSError) as error:
        if isinstance(error, InvalidOutcomes):
            raise
        raise InvalidOutcomes(f"{path} can't be read as Parquet: {error}") from error


def _require_columns(path: Path, names: Iterable[str]) -> None:
    there = list(names)
    lacking = [name for name in ("rma_id", "outcome", "known_at") if name not in there]
    if lacking:
        raise InvalidOutcomes(
            f"{path.name} has no column {', '.join(lacking)}; it has {', '.join(there) or 'none'}: "
            "give rma_id, outcome and known_at, if known propensity, weight and typology"
        )


def _cell(name: str, text: str) -> Any:
    """Return what a cell of CSV says; nothing for an empty one, a number where one belongs."""
    text = text.strip()
    if not text:
        return None
    if OTHER_NAMES.get(name, name) in {"propensity", "weight"}:
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
