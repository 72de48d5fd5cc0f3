"""Hold what two ways to decide make of the same decisions, and tell what changes from one to the other."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.decision import Destination, Disposition
from serving.wording import say


@dataclass(frozen=True)
class Side:
    """What one way decides: where the device goes, what that may bring, and whether a person looks."""

    disposition: Disposition
    destination: Destination
    decided_by: str
    grade: str | None
    amount: float
    is_queued: bool

    @property
    def told_apart_by(self) -> tuple[object, ...]:
        """Return what makes it another decision; an amount alone does not."""
        return self.disposition, self.destination, self.grade, self.is_queued


@dataclass(frozen=True)
class BothSides:
    """One kept decision both ways; the refund is in the currency of each."""

    decision_id: str
    rma_id: str
    decided_at: datetime
    old: Side
    new: Side
    old_refund: float
    new_refund: float

    @property
    def has_changed(self) -> bool:
        """Return whether the device goes elsewhere, has another grade, or is looked at by a person or not."""
        return self.old.told_apart_by != self.new.told_apart_by

    @property
    def gain(self) -> float:
        """Return how much more the new side is expected to bring."""
        return self.new.amount - self.old.amount


def changed_values(one: BothSides) -> dict[str, Any]:
    """Return a decision that changes as JSON values."""
    return {
        "decision_id": one.decision_id,
        "rma_id": one.rma_id,
        "old": _side_values(one.old),
        "new": _side_values(one.new),
        "amount_difference": round(one.gain, 2),
    }


def changed_line(one: BothSides, currency: str) -> str:
    """Return a decision that changes in words, with its money."""
    return f"{one.decision_id} {one.rma_id}: {_move(one)}, {currency} {one.gain:+.2f}"


def side_sums(sides: Sequence[Side], refunds: Sequence[float]) -> dict[str, Any]:
    """Return what one side is expected to bring, of how much refund, and how many wait for a person."""
    by_value = [
        (side.amount, refund)
        for side, refund in zip(sides, refunds, strict=True)
        if side.decided_by == "value"
    ]
    refunded = sum(refund for _, refund in by_value)
    expected = sum(amount for amount, _ in by_value)
    return {
        "expected": round(expected, 2),
        "recovery": round(expected / refunded, 4) if refunded else None,
        "recovery_n": len(by_value),
        "queued": sum(side.is_queued for side in sides),
    }


def sum_lines(old: dict[str, Any], new: dict[str, Any], currency: str) -> list[str]:
    """Return the sums of both sides in words."""
    return [
        f"expected value: {currency} {old['expected']:.2f} -> {new['expected']:.2f}",
        f"recovery: {_share(old['recovery'])} -> {_share(new['recovery'])}",
        f"waiting for a person: {old['queued']} -> {new['queued']}",
    ]


def disposition_counts(pairs: Sequence[BothSides]) -> dict[str, dict[str, int]]:
    """Return how many devices go each way that any goes, on both sides."""
    counts = {
        "old": Counter(one.old.disposition for one in pairs),
        "new": Counter(one.new.disposition for one in pairs),
    }
    ways = [way for way in Disposition if any(count[way] for count in counts.values())]
    return {way.value: {name: counts[name][way] for name in counts} for way in ways}


def _side_values(side: Side) -> dict[str, Any]:
    return {
        "disposition": side.disposition.value,
        "destination": side.destination.value,
        "decided_by": side.decided_by,
        "grade": side.grade,
        "amount": side.amount,
        "queued": side.is_queued,
    }


def _move(one: BothSides) -> str:
    before, after = one.old, one.new
    if before.disposition is not after.disposition:
        return f"{say(before.disposition)} -> {say(after.disposition)}"
    if before.destination is not after.destination:
        return f"{say(before.disposition)}, {say(before.destination)} -> {say(after.destination)}"
    if before.grade != after.grade:
        return f"{say(before.disposition)}, graded {before.grade or 'not'} -> {after.grade or 'not'}"
    return f"{say(before.disposition)}, {'a person' if after.is_queued else 'nobody'} has to look"


def _share(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"
