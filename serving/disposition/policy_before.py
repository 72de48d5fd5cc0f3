"""Read a policy in the form before version 3, whose gates stood in code: fill in their table."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from data.decision import Destination, Disposition, GateKind
from data.defect import Grade
from data.money import CurrencyCode
from data.rma import ReturnReason
from data.strict import Frozen
from data.verification import FunctionalGrade
from data.versioned_file import VersionedFile
from serving.disposition.decision_table import GATE_OF, WORST_GRADE, Finding
from serving.disposition.policy_sections import Section, Sourced

SOURCE = "the form of policies before version 3"
# What the gates did until tables said it. They close exports too, which changes nothing unless repair or
# recycling lies abroad.
_NOT_OUT = ("restock", "donate", "return_to_vendor", "export")
_DECIDES = {
    Finding.HAZARD_SIGN: Destination.QUARANTINE_CAGE,
    Finding.SWELLING_SUSPECTED: Destination.QUARANTINE_CAGE,
    Finding.LISTED: Destination.QUARANTINE_CAGE,
    Finding.LOCKED: Destination.REVIEW_DESK,
    Finding.FINANCED: Destination.REVIEW_DESK,
    Finding.RECALLED: Destination.QUARANTINE_CAGE,
    Finding.FRAUD_HOLD: Destination.REVIEW_DESK,
    Finding.FRAUD_REVIEW: Destination.REVIEW_DESK,
    Finding.WRONG_CONTENTS: Destination.REVIEW_DESK,
    Finding.NO_PHOTOS: Destination.REVIEW_DESK,
    Finding.NO_GRADE: Destination.REVIEW_DESK,
}
_CLOSES = {
    Finding.BATTERY_NOT_CHECKED: _NOT_OUT,
    Finding.DATA_MAY_REMAIN: _NOT_OUT,
    Finding.MEDIA_DESTROYED: ("restock", "donate", "return_to_vendor", "refurbish"),
    Finding.LOCK_OR_LIST_UNKNOWN: _NOT_OUT,
    Finding.EMBARGOED: ("restock", "refurbish", "repair", "donate"),
    Finding.EXPORT_NOT_CLEARED: ("export",),
    Finding.NOT_VERIFIED: _NOT_OUT,
    Finding.REASON_NOT_TAKEN_BACK: ("return_to_vendor",),
}


class ClosedBy(Section):
    """The ways that function and completeness close."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    failed_function: frozenset[Disposition]
    untested_function: frozenset[Disposition]
    missing_accessories: frozenset[Disposition]
    unchecked_accessories: frozenset[Disposition]


# What the code closed until policies said it themselves: a policy without `closed_by` is read as it was then.
CLOSED_BEFORE = ClosedBy(
    unit="ways that are closed",
    source="the code before version 2 of the house policy",
    failed_function=frozenset({Disposition.RESTOCK, Disposition.REFURBISH, Disposition.DONATE}),
    untested_function=frozenset({Disposition.RESTOCK, Disposition.DONATE}),
    missing_accessories=frozenset({Disposition.RESTOCK, Disposition.RETURN_TO_VENDOR}),
    unchecked_accessories=frozenset(),
)


class ConditionBefore(Frozen):
    """What each way asked of grade and function."""

    worst_grade: dict[Disposition, Grade]
    unseen_share: Sourced
    works: frozenset[FunctionalGrade]
    vendor_reasons: frozenset[ReturnReason]
    closed_by: ClosedBy = CLOSED_BEFORE


class ExchangeBefore(Section):
    """Reference rates into the policy's currency, which stood in the policy itself."""

    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    as_of: date
    rates: dict[CurrencyCode, Annotated[float, Field(gt=0)]]


class PolicyBefore(VersionedFile, extra="allow"):
    """The sections that had another form; all others pass as they are."""

    rules: dict[GateKind, str]
    condition: ConditionBefore
    currency: CurrencyCode
    fx: ExchangeBefore

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what whoever starts this should know: that accessories nobody checked close nothing."""
        if "closed_by" in self.condition.model_fields_set:
            return ()
        return (
            f"policy {self.name} {self.version} has no condition.closed_by: expected accessories that nobody "
            "checked close no way; add it as house-2.yaml has it, under a new version",
        )

    def in_todays_form(self) -> dict[str, Any]:
        """Return the policy as a document of today's form."""
        document = self.model_dump(mode="json", exclude={"rules", "condition", "fx"})
        condition = self.condition.model_dump(mode="json", exclude={"worst_grade", "closed_by"})
        gates = {gate: {"rule": rule, "cites": (SOURCE,)} for gate, rule in self.rules.items()}
        return {
            **document,
            "form": 2,
            "fx": {"own": self._own_rates()},
            "gates": gates,
            "condition": condition,
            "table": self._table(),
        }

    def _own_rates(self) -> dict[str, Any]:
        named = {"name": self.name, "version": self.version, "sha256": self.sha256, "base": self.currency}
        return {**named, **self.fx.model_dump(mode="json", exclude={"unit"})}

    def _table(self) -> list[dict[str, Any]]:
        by = self.condition.closed_by
        closes = _CLOSES | {
            Finding.FUNCTION_FAILED: by.failed_function,
            Finding.FUNCTION_UNTESTED: by.untested_function,
            Finding.ACCESSORIES_MISSING: by.missing_accessories,
            Finding.ACCESSORIES_UNCHECKED: by.unchecked_accessories,
        }
        rows: list[dict[str, Any]] = []
        for finding, gate in GATE_OF.items():
            if finding is Finding.GRADE_WORSE_THAN:
                floors = self.condition.worst_grade.items()
                rows += [self._floor(way, grade) for way, grade in floors if grade is not WORST_GRADE]
            elif finding in _DECIDES:
                rows.append({"gate": gate, "when": finding, "decides": _DECIDES[finding]})
            elif finding in closes:
                rows.append({"gate": gate, "when": finding, "closes": closes[finding]})
        return rows

    @staticmethod
    def _floor(way: Disposition, grade: Grade) -> dict[str, Any]:
        finding = Finding.GRADE_WORSE_THAN
        return {
            "gate": GATE_OF[finding],
            "when": finding,
            "grade": grade,
            "closes": (way,),
            "source": SOURCE,
        }
