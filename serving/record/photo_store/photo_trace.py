"""Say in a decision which photos it was taken by."""

from dataclasses import dataclass
from typing import Any, Self

from serving.record.photo_store.kept_photo import KeptPhoto


@dataclass(frozen=True)
class PhotoTrace:
    """Which photo was judged: its name as sent, its size and its hash, and what was kept of it.

    `kept` is None in decisions of before photos were kept.
    """

    index: int
    name: str
    size_bytes: int
    sha256: str
    kept: KeptPhoto | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Read what `values` returned."""
        return cls(**{**values, "kept": KeptPhoto.of(values.get("kept"))})

    def values(self) -> dict[str, Any]:
        """Return it as JSON values, as they are written in the record."""
        values = {**vars(self), "kept": self.kept.values() if self.kept else None}
        return values if self.kept else {name: values[name] for name in values if name != "kept"}
