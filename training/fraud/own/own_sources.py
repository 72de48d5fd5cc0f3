"""Read an operator's cases and outcomes from files of any form, or from the decision record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data.case import InvalidCase, ReturnCase, case_of
from data.inbound import SetAsides, case_lines
from data.inbound.mapped.csv_cases import csv_cases, is_csv
from data.inbound.mapped.mapping import CaseMapping, read_mapping_file
from data.labelled.known_outcome import KnownOutcome, Outcomes, read_outcomes
from serving.record.labels.decision_label import Label
from serving.record.labels.label_rules import LabelKind, read_label_rules
from serving.record.labels.labelling import labelling
from serving.record.opening import open_unchanged
from training.fraud.own.own_rows import Matched, match


class NoMapping(ValueError):
    """CSV without a file that says what its columns are."""


@dataclass(frozen=True)
class OwnSources:
    """Where own returns come from: files of cases and of outcomes, or a record by its URL.

    Nothing counts that became known after `as_of`, where it is given.
    """

    cases: Sequence[Path] = ()
    outcomes: Path | None = None
    mapping: Path | None = None
    record: str | None = None
    as_of: datetime | None = None

    def read(self, aside: SetAsides) -> tuple[Matched, list[str]]:
        """Return the returns beside their outcomes, with lines on what was read; wrong cases go aside.

        Raises InvalidOutcomes, InvalidMapping, InvalidMessage or NoMapping, and of a record UnusableRecord.
        """
        if self.record is not None:
            return self._of_record(self.record, aside)
        outcomes = read_outcomes(self.outcomes) if self.outcomes else Outcomes()
        matched = match(read_cases(self.cases, self.mapping, aside), outcomes.known, self.as_of)
        return matched, [*outcomes.lines(), *matched.lines()]

    def _of_record(self, url: str, aside: SetAsides) -> tuple[Matched, list[str]]:
        outcomes, cases = Outcomes(), []
        engine = open_unchanged(url)
        try:
            with labelling(engine, self.as_of or datetime.now(UTC), read_label_rules()) as found:
                for one in found.labelled():
                    place = f"decision of {one.case['rma']['rma_id']}"
                    case = _checked(one.case, "record", place, aside)
                    if case is None:
                        continue
                    cases.append(case)
                    for label in one.labels:
                        if label.kind is LabelKind.FRAUD and label.word is not None:
                            outcomes.add(_outcome(label))
        finally:
            engine.dispose()
        for left in found.left_out:
            aside.add("record", f"{left.place} of {left.rma_id}", left.why)
        matched = match(cases, outcomes.known, self.as_of)
        return matched, [*outcomes.lines(), *matched.lines()]


def read_cases(paths: Sequence[Path], mapping: Path | None, aside: SetAsides) -> Iterator[ReturnCase]:
    """Yield the cases of all files: JSON, Parquet, X12 180, or CSV by a mapping."""
    columns = read_mapping_file(mapping) if mapping else None
    for path in paths:
        for place, found in _placed(path, columns, aside):
            if isinstance(found, ReturnCase):
                yield found
            else:
                case = _checked(found, path.name, place, aside)
                if case is not None:
                    yield case


def _placed(
    path: Path, columns: CaseMapping | None, aside: SetAsides
) -> Iterator[tuple[str, ReturnCase | bytes | InvalidCase]]:
    if is_csv(path):
        if columns is None:
            raise NoMapping(f"{path} is CSV: say what its columns are, with --mapping FILE")
        yield from csv_cases(path, columns)
        return
    lines = case_lines(path, aside=aside)
    kept = (line for line in lines if isinstance(line, InvalidCase) or line.strip())
    yield from ((f"case {number}", line) for number, line in enumerate(kept, 1))


def _checked(found: object, file: str, place: str, aside: SetAsides) -> ReturnCase | None:
    try:
        return case_of(found)
    except InvalidCase as error:
        aside.add(file, place, error)
        return None


def _outcome(label: Label) -> KnownOutcome:
    """Return what a record tells of a return, which stands for as many others as the labels say."""
    word = label.word
    if word is None or label.outcome is None:
        raise ValueError(f"nobody told whether {label.rma_id} was fraud")
    return KnownOutcome(
        rma_id=label.rma_id,
        outcome=label.outcome,
        known_at=word.known_at,
        propensity=word.propensity,
        weight=word.weight,
    )
