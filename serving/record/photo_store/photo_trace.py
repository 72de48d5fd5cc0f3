"""Say in a decision which photos it was taken by."""

from dataclasses import dataclass
from typing import Any, Self

from data.device import View
from serving.record.photo_store.kept_photo import KeptPhoto

LATER_FIELDS = ("kept", "asked_view")


@dataclass(frozen=True)
class PhotoTrace:
    """Which photo was judged: its name as sent, its size and its hash, and what was kept of it.

    `kept` is None in decisions of before photos were kept. `asked_view` is what the caller said that it
    shows, None where nothing was said, or in decisions of before that was kept.
    """

    index: int
    name: str
    size_bytes: int
    sha256: str
    kept: KeptPhoto | None = None
    asked_view: View | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Read what `values` returned."""
        asked = values.get("asked_view")
        later = {"kept": KeptPhoto.of(values.get("kept")), "asked_view": View(asked) if asked else None}
        return cls(**{**values, **later})

    def values(self) -> dict[str, Any]:
        """Return it as JSON values, as the record has them: without later fields that say nothing."""
        values = {**vars(self), "kept": self.kept.values() if self.kept else None}
        return {name: value for name, value in values.items() if value or name not in LATER_FIELDS}
