"""Say what was found in a table, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Findings:
    """What was found in a table before anything was learned from it.

    dropped: columns that tell nothing. leaking: columns that give the target away, with how. misleading:
    columns of which earlier rows tell the opposite of later ones. copied_rows in copy_groups: rows with the
    features of another. order_tells: the rows are sorted by the target.
    """

    dropped: tuple[str, ...] = ()
    leaking: Mapping[str, str] = field(default_factory=dict)
    misleading: tuple[str, ...] = ()
    copied_rows: int = 0
    copy_groups: int = 0
    order_tells: bool = False

    @property
    def left_out(self) -> frozenset[str]:
        """Return the columns that are not learned from."""
        return frozenset((*self.dropped, *self.leaking, *self.misleading))

    def notes(self) -> list[str]:
        """Return a sentence for each finding: what, what was done, and what to do about it."""
        said = [
            f"left out: {name}; {how}. Was it written after the outcome? If it is known before, list it "
            "under `known` in the specification"
            for name, how in self.leaking.items()
        ]
        if self.misleading:
            said.append(
                f"left out: {', '.join(self.misleading)}; what earlier rows say of them is wrong of later "
                "ones. If they are to stay, list them under `known` in the specification"
            )
        if self.copied_rows:
            said.append(
                f"copies: {self.copied_rows:,} rows in {self.copy_groups:,} groups have the features of each "
                "other; a group is never split between rows that are learned from and rows that judge"
            )
        if self.order_tells:
            said.append(
                "order: the rows are sorted by the target, so their order stands for no time and rows to "
                "judge by are drawn. Name a `time` column if there is one, and leave out any that numbers "
                "the rows"
            )
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the findings for a manifest."""
        return {
            "dropped": list(self.dropped),
            "leaking": dict(self.leaking),
            "misleading": list(self.misleading),
            "copies": {"rows": self.copied_rows, "groups": self.copy_groups},
            "order_tells": self.order_tells,
        }
