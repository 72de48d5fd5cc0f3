"""Say in one table what each finding does: who decides alone, what is closed; never less than the law asks.

The gates find; a policy's table says what follows. LEAST holds what no policy may go below.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from data.decision import Destination, Disposition, GateKind
from data.defect import DefectKind, Grade
from data.strict import Frozen
from data.versioned_file import Fault
from serving.wording import say, say_defect

EXPORT = "export"
"""A word for every way that leads out of the receiving site's country."""
WAYS = (*(way.value for way in Disposition if way is not Disposition.QUARANTINE), EXPORT)


class Finding(StrEnum):
    """What a gate may find, in the order of weight: of a gate's findings the first answers.

    Those of the condition gate stand beside each other: all that hold close their ways. So do NOT_VERIFIED
    and GRADED_AS_SEEN.
    """

    HAZARD_SIGN = "hazard_sign"
    SWELLING_SUSPECTED = "swelling_suspected"
    BATTERY_NOT_CHECKED = "battery_not_checked"
    DATA_MAY_REMAIN = "data_may_remain"
    MEDIA_DESTROYED = "media_destroyed"
    LISTED = "listed"
    LOCKED = "locked"
    FINANCED = "financed"
    LOCK_OR_LIST_UNKNOWN = "lock_or_list_unknown"
    RECALLED = "recalled"
    EMBARGOED = "embargoed"
    EXPORT_NOT_CLEARED = "export_not_cleared"
    FRAUD_HOLD = "fraud_hold"
    FRAUD_REVIEW = "fraud_review"
    WRONG_CONTENTS = "wrong_contents"
    NO_PHOTOS = "no_photos"
    NO_GRADE = "no_grade"
    NOT_VERIFIED = "not_verified"
    GRADED_AS_SEEN = "graded_as_seen"
    """Graded without a person as far as the photos show, and they don't show both front and back."""
    GRADE_WORSE_THAN = "grade_worse_than"
    DEFECT_FOUND = "defect_found"
    FUNCTION_FAILED = "function_failed"
    FUNCTION_UNTESTED = "function_untested"
    ACCESSORIES_MISSING = "accessories_missing"
    ACCESSORIES_UNCHECKED = "accessories_unchecked"
    REASON_NOT_TAKEN_BACK = "reason_not_taken_back"


FINDINGS_OF: Mapping[GateKind, tuple[Finding, ...]] = {
    GateKind.BATTERY: (Finding.HAZARD_SIGN, Finding.SWELLING_SUSPECTED, Finding.BATTERY_NOT_CHECKED),
    GateKind.DATA: (Finding.DATA_MAY_REMAIN, Finding.MEDIA_DESTROYED),
    GateKind.LOCK_AND_LIST: (
        Finding.LISTED,
        Finding.LOCKED,
        Finding.FINANCED,
        Finding.LOCK_OR_LIST_UNKNOWN,
    ),
    GateKind.RECALL: (Finding.RECALLED, Finding.EMBARGOED),
    GateKind.CROSS_BORDER: (Finding.EXPORT_NOT_CLEARED,),
    GateKind.FRAUD: (Finding.FRAUD_HOLD, Finding.FRAUD_REVIEW),
    GateKind.EVIDENCE: (
        Finding.WRONG_CONTENTS,
        Finding.NO_PHOTOS,
        Finding.NO_GRADE,
        Finding.NOT_VERIFIED,
        Finding.GRADED_AS_SEEN,
    ),
    GateKind.CONDITION: (
        Finding.GRADE_WORSE_THAN,
        Finding.DEFECT_FOUND,
        Finding.FUNCTION_FAILED,
        Finding.FUNCTION_UNTESTED,
        Finding.ACCESSORIES_MISSING,
        Finding.ACCESSORIES_UNCHECKED,
        Finding.REASON_NOT_TAKEN_BACK,
    ),
}
GATE_OF: Mapping[Finding, GateKind] = {
    finding: gate for gate, findings in FINDINGS_OF.items() for finding in findings
}
WORST_GRADE = list(Grade)[-1]
# Findings of which a table may have several rows, or none: a floor each.
FLOORS = {Finding.GRADE_WORSE_THAN, Finding.DEFECT_FOUND}
# Findings of which a table may have no row: without this one a grade as far as seen is left to a person.
OPTIONAL = {Finding.GRADED_AS_SEEN}


def _way(word: str) -> str:
    if word not in WAYS:
        raise ValueError(f"give one of {', '.join(WAYS)}")
    return word


class Row(Frozen):
    """One line of the table: what follows where something is found.

    `decides` sends the device into quarantine at that place, `closes` forbids ways. A floor names its
    `grade`, or its `defect` and the `probability` on the photos from which it counts as found.
    """

    gate: GateKind
    when: Finding
    grade: Grade | None = None
    defect: DefectKind | None = None
    probability: Annotated[float, Field(gt=0, le=1)] | None = None
    decides: Literal[Destination.QUARANTINE_CAGE, Destination.REVIEW_DESK] | None = None
    closes: frozenset[Annotated[str, AfterValidator(_way)]] | None = None
    source: str | None = Field(None, min_length=1)

    @property
    def key(self) -> tuple[Finding, Grade | None, DefectKind | None, float | None]:
        """Return what tells the row from others."""
        return self.when, self.grade, self.defect, self.probability

    @property
    def found(self) -> str:
        """Say in a few words what was found."""
        if self.when is Finding.GRADE_WORSE_THAN and self.grade is not None:
            return f"grade worse than {self.grade.value}"
        if self.when is Finding.DEFECT_FOUND and self.defect is not None:
            return f"{say_defect(self.defect)} on the photos, from {self.probability:g}"
        return say(self.when)


@dataclass(frozen=True)
class Least:
    """What a finding must do at the least: decide, or decide for one place, or close these ways."""

    decides: bool = False
    place: Destination | None = None
    closes: frozenset[str] = frozenset()

    def is_kept(self, row: Row) -> bool:
        """Return whether a row is as strict as this; to decide is stricter than to close."""
        if row.decides is not None:
            return self.place in {None, row.decides}
        return not self.decides and self.closes <= (row.closes or frozenset())

    def text(self) -> str:
        """Say what is asked."""
        if self.decides:
            return f"decide for {self.place.value if self.place else 'the cage or the review desk'}"
        return f"close {', '.join(way for way in WAYS if way in self.closes)}, or decide"


_CAGE = Least(decides=True, place=Destination.QUARANTINE_CAGE)
_HOLD = Least(decides=True)
_NOT_OUT = Least(
    closes=frozenset({Disposition.RESTOCK, Disposition.DONATE, Disposition.RETURN_TO_VENDOR, EXPORT})
)
# The house rules 1 to 7, which stand on law; what a device's condition closes is the operator's own choice.
LEAST: Mapping[Finding, Least] = {
    Finding.HAZARD_SIGN: _CAGE,
    Finding.SWELLING_SUSPECTED: _CAGE,
    Finding.BATTERY_NOT_CHECKED: _NOT_OUT,
    Finding.DATA_MAY_REMAIN: _NOT_OUT,
    Finding.MEDIA_DESTROYED: Least(
        closes=frozenset(
            {Disposition.RESTOCK, Disposition.REFURBISH, Disposition.DONATE, Disposition.RETURN_TO_VENDOR}
        )
    ),
    Finding.LISTED: _CAGE,
    Finding.LOCKED: _HOLD,
    Finding.FINANCED: _HOLD,
    Finding.LOCK_OR_LIST_UNKNOWN: _NOT_OUT,
    Finding.RECALLED: _CAGE,
    Finding.EMBARGOED: Least(
        closes=frozenset({Disposition.RESTOCK, Disposition.REFURBISH, Disposition.REPAIR, Disposition.DONATE})
    ),
    Finding.EXPORT_NOT_CLEARED: Least(closes=frozenset({EXPORT})),
    Finding.FRAUD_HOLD: _HOLD,
    Finding.FRAUD_REVIEW: _HOLD,
    Finding.WRONG_CONTENTS: _HOLD,
    Finding.NO_PHOTOS: _HOLD,
    Finding.NO_GRADE: _HOLD,
    Finding.NOT_VERIFIED: _NOT_OUT,
    Finding.GRADED_AS_SEEN: Least(closes=frozenset({Disposition.RESTOCK, Disposition.DONATE})),
}


def table_faults(table: Sequence[Row]) -> Iterator[Fault]:
    """Yield what is wrong with a table: a row of its own, a missing one, one twice, or out of order."""
    for index, row in enumerate(table):
        for text in _row_faults(row):
            yield Fault(("table", index), f"table[{index}] ({say(row.when)}): {text}")
    yield from _missing_rows(row.when for row in table)
    yield from _misplaced_rows(table)


def _misplaced_rows(table: Sequence[Row]) -> Iterator[Fault]:
    weights = [list(Finding).index(row.when) for row in table]
    for index in range(1, len(table)):
        if weights[index] < weights[index - 1]:
            found, before = table[index].when, table[index - 1].when
            text = f"table[{index}]: {found} outweighs {before}: write it above, where it is asked"
            yield Fault(("table", index), text)
        if table[index].key in {row.key for row in table[:index]} and table[index].when in FLOORS:
            yield Fault(
                ("table", index), f"table[{index}]: this floor stands there twice: make one row of both"
            )


def _missing_rows(found: Iterable[Finding]) -> Iterator[Fault]:
    counts = Counter(found)
    for finding in Finding:
        if finding in FLOORS or counts[finding] == 1 or (finding in OPTIONAL and not counts[finding]):
            continue
        what = "lacks" if not counts[finding] else f"has {counts[finding]} rows for"
        yield Fault(("table",), f"table {what} {finding}: give it one row under {GATE_OF[finding].value}")


def _row_faults(row: Row) -> Iterator[str]:
    if row.gate is not GATE_OF[row.when]:
        yield f"the {row.gate.value} gate never finds it; write gate: {GATE_OF[row.when].value}"
    if (row.decides is None) == (row.closes is None):
        yield "give either decides or closes (an empty list closes nothing)"
    yield from _floor_faults(row)
    least = LEAST.get(row.when, Least())
    if not least.is_kept(row):
        yield f"a policy may be stricter than the house rules, never laxer: it must {least.text()}"


def _floor_faults(row: Row) -> Iterator[str]:
    needed: dict[str, Any] = {}
    if row.when is Finding.GRADE_WORSE_THAN:
        needed = {"grade": row.grade, "source": row.source}
    elif row.when is Finding.DEFECT_FOUND:
        needed = {"defect": row.defect, "probability": row.probability, "source": row.source}
    lacking = [name for name, value in needed.items() if value is None]
    if lacking:
        yield f"add {', '.join(lacking)}"
    given = {"grade": row.grade, "defect": row.defect, "probability": row.probability}
    if row.grade is WORST_GRADE:
        yield f"no grade is worse than {WORST_GRADE.value}: it can never be found"
    senseless = [name for name, value in given.items() if value is not None and name not in needed]
    if senseless:
        yield f"{', '.join(senseless)} says nothing here: remove it"
