"""Say what is wrong with a record."""

from dataclasses import dataclass, field
from enum import StrEnum

# Of a record that was changed all over the first tell enough.
MOST_FINDINGS = 100


class FindingKind(StrEnum):
    """What may have been done to a record, or not been done."""

    CHANGED_ROW = "changed_row"
    DELETED_ROW = "deleted_row"
    FOREIGN_ROW = "foreign_row"
    INCOMPLETE_ERASURE = "incomplete_erasure"
    CHANGED_ENTRY = "changed_entry"
    GAP = "gap"
    MISSING_TRIGGER = "missing_trigger"
    DAMAGED_DATABASE = "damaged_database"
    OTHER_CHAIN = "other_chain"
    TRUNCATED = "truncated"
    CHANGED_PHOTO = "changed_photo"
    MISSING_PHOTO = "missing_photo"
    CHANGED_CONFIGURATION = "changed_configuration"
    MISSING_CONFIGURATION = "missing_configuration"
    CHANGED_FILE = "changed_file"
    MISSING_FILE = "missing_file"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, and in words what it means."""

    kind: FindingKind
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.text}"


@dataclass
class Verification:
    """What was looked at, and what was found."""

    entries: int = 0
    unsealed: int = 0
    erased_parts: int = 0
    position: int = 0
    link_sha256: str = ""
    findings: list[Finding] = field(default_factory=list)
    finding_count: int = 0

    def note(self, kind: FindingKind, where: str, text: str) -> None:
        """Note a finding; past the first hundred it is only counted."""
        self.finding_count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, where, text))
