"""Tell what another policy would have changed: each decision with its money, and the sums."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from data.decision import Destination, Disposition
from serving.commands.policy.policy_replay import LeftOut, Redone, Side
from serving.disposition.policy import Policy
from serving.http.answers import json_text
from serving.wording import say


@dataclass(frozen=True)
class Comparison:
    """Every decision that was looked at, parted into those that could be redone and those that could not."""

    old: str
    new: str
    policy: Policy
    redone: tuple[Redone, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def changed(self) -> tuple[Redone, ...]:
        """Return the decisions that would be others."""
        return tuple(one for one in self.redone if one.has_changed)


def compared(old: str, new: str, policy: Policy, found: Iterable[Redone | LeftOut]) -> Comparison:
    """Part what was redone from what was left out; `policy` is the new one, whose factors count."""
    everything = list(found)
    redone = tuple(one for one in everything if isinstance(one, Redone))
    left_out = tuple(one for one in everything if isinstance(one, LeftOut))
    return Comparison(old, new, policy, redone, left_out)


def json_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the comparison as one line of JSON."""
    yield json_text(
        {
            "old": comparison.old,
            "new": comparison.new,
            "currency": comparison.policy.currency,
            "changed": [_changed_values(one) for one in comparison.changed],
            "not_redone": [vars(one) for one in comparison.left_out],
            "totals": totals(comparison),
        }
    )


def word_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a line for each decision that changes or can't be redone, and the sums."""
    currency = comparison.policy.currency
    for one in comparison.changed:
        gain = one.new.amount - one.old.amount
        yield f"{one.decision_id} {one.rma_id}: {_move(one)}, {currency} {gain:+.2f}"
    for left in comparison.left_out:
        yield f"{left.decision_id} {left.rma_id}: not redone: {left.why}"
    sums = totals(comparison)
    yield f"{comparison.old} -> {comparison.new}: {sums['changed']} of {sums['redone']} decisions change"
    if sums["not_redone"]:
        yield f"{sums['not_redone']} can't be redone from what is kept"
    old, new = sums["old"], sums["new"]
    yield f"expected value: {currency} {old['expected']:.2f} -> {new['expected']:.2f}"
    yield f"recovery: {_share(old['recovery'])} -> {_share(new['recovery'])}"
    yield f"waiting for a person: {old['queued']} -> {new['queued']}"
    if "co2_avoided_kg" in new:
        yield f"CO2 avoided: {old['co2_avoided_kg']:.1f} -> {new['co2_avoided_kg']:.1f} kg"
        yield f"kept from waste: {old['kept_from_waste_kg']:.2f} -> {new['kept_from_waste_kg']:.2f} kg"
    yield from (
        f"{say(way)}: {counts['old']} -> {counts['new']}" for way, counts in sums["dispositions"].items()
    )
    yield from (
        f"over capacity: {say(place)} {most} on one day, it takes {takes:g}"
        for place, (most, takes) in sums["over_capacity"].items()
    )


def totals(comparison: Comparison) -> dict[str, Any]:
    """Return the sums over every decision that was redone, under the old policy and under the new one."""
    redone = comparison.redone
    sides = {"old": [one.old for one in redone], "new": [one.new for one in redone]}
    refunds = {"old": [one.old_refund for one in redone], "new": [one.new_refund for one in redone]}
    counts = {name: Counter(side.disposition for side in several) for name, several in sides.items()}
    ways = [way for way in Disposition if any(count[way] for count in counts.values())]
    return {
        "redone": len(redone),
        "changed": len(comparison.changed),
        "not_redone": len(comparison.left_out),
        **{name: _sums(comparison, sides[name], refunds[name]) for name in sides},
        "dispositions": {way.value: {name: counts[name][way] for name in counts} for way in ways},
        "over_capacity": _over_capacity(comparison),
    }


def _sums(comparison: Comparison, sides: Sequence[Side], refunds: Sequence[float]) -> dict[str, Any]:
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
        **_impact(comparison, sides),
    }


def _impact(comparison: Comparison, sides: Sequence[Side]) -> dict[str, float]:
    """Return what the ways spare, by the factors of the new policy; nothing if it has none."""
    impact = comparison.policy.impact
    if impact is None:
        return {}
    co2 = kept = 0.0
    for one, side in zip(comparison.redone, sides, strict=True):
        kind = one.case.rma.device_class
        co2 += impact.footprint.amounts[kind] * impact.co2_avoided.shares.get(side.disposition, 0.0)
        kept += impact.mass.amounts[kind] * impact.kept_from_waste.shares.get(side.disposition, 0.0)
    return {"co2_avoided_kg": round(co2, 2), "kept_from_waste_kg": round(kept, 3)}


def _over_capacity(comparison: Comparison) -> dict[str, tuple[int, float]]:
    """Return the places that the new policy sends more on one day than they take, with both figures."""
    capacity = comparison.policy.capacity
    if capacity is None:
        return {}
    days = Counter((one.new.destination, one.decided_at.date()) for one in comparison.redone)
    most = {place: max(n for (to, _), n in days.items() if to is place) for place in {to for to, _ in days}}
    over = [place for place in Destination if most.get(place, 0) > capacity.devices[place]]
    return {place.value: (most[place], capacity.devices[place]) for place in over}


def _changed_values(one: Redone) -> dict[str, Any]:
    return {
        "decision_id": one.decision_id,
        "rma_id": one.rma_id,
        "old": _side_values(one.old),
        "new": _side_values(one.new),
        "amount_difference": round(one.new.amount - one.old.amount, 2),
    }


def _side_values(side: Side) -> dict[str, Any]:
    return {
        "disposition": side.disposition.value,
        "destination": side.destination.value,
        "decided_by": side.decided_by,
        "grade": side.grade,
        "amount": side.amount,
        "queued": side.is_queued,
    }


def _move(one: Redone) -> str:
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
