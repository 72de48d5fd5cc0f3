"""Keep the likenesses of a decision's photos, as evidence that later decisions go by."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table

from serving.record.entry import Entry
from serving.record.tables import PHOTO_PRINTS


def print_rows(entry: Entry) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Yield the rows that keep the likenesses of a decision's photos."""
    for number, likeness in sorted(entry.likenesses.items()):
        yield (
            PHOTO_PRINTS,
            {
                "decision_id": entry.decision.decision_id,
                "number": number,
                "scheme": likeness.scheme,
                "likeness": likeness.text,
            },
        )
