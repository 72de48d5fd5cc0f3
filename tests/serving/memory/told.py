"""Tell returns to a memory, so that a test names only what they share."""

from typing import Any

from data.case import ReturnCase, parse_case
from serving.memory.trait import PhotoTraits
from serving.record.returns.fact import FactsRequest
from tests.serving.clear_return import RMA

SENT, PIXELS = "a" * 64, "b" * 64


def case_of(rma_id: str, day: int = 8, *, month: int = 3, **given: Any) -> ReturnCase:
    """Return a case of a day, whose return was asked for on the same."""
    rma = {**RMA, "rma_id": rma_id, "requested_at": f"2026-{month:02}-{day:02}T08:00:00Z"}
    parts = {name: given.pop(name) for name in ("scans", "verification", "history") if name in given}
    return parse_case({"rma": {**rma, **given}, "as_of": f"2026-{month:02}-{day:02}T10:00:00Z", **parts})


def fact(**values: Any) -> Any:
    """Return one fact."""
    return FactsRequest.model_validate({"facts": [values]}).facts[0]


def fraud(known_at: str, *, is_confirmed: bool = True) -> Any:
    """Return that somebody found out, and when that was known."""
    return fact(kind="fraud", time=known_at, known_at=known_at, is_confirmed=is_confirmed)


def photo(number: int = 0, sent: str = SENT, pixels: str | None = PIXELS) -> PhotoTraits:
    """Return a photo without a likeness."""
    return PhotoTraits(number, sent, pixels)
