"""Write times as the record keeps them, and read them."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """Write a time as UTC text that sorts."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Read a time that to_text wrote."""
    return datetime.fromisoformat(text)
