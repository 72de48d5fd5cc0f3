"""Tell what another policy would have changed: each decision with its money, and the sums."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from data.decision import Destination
from serving.commands.policy.both_sides import (
    Side,
    changed_line,
    changed_values,
    disposition_counts,
    side_sums,
    sum_lines,
)
from serving.commands.policy.policy_replay import LeftOut, Redone
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
            "changed": [changed_values(one) for one in comparison.changed],
            "not_redone": [vars(one) for one in comparison.left_out],
            "totals": totals(comparison),
        }
    )


def word_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a line for each decision that changes or can't be redone, and the sums."""
    currency = comparison.policy.currency
    yield from (changed_line(one, currency) for one in comparison.changed)
    for left in comparison.left_out:
        yield f"{left.decision_id} {left.rma_id}: not redone: {left.why}"
    sums = totals(comparison)
    yield f"{comparison.old} -> {comparison.new}: {sums['changed']} of {sums['redone']} decisions change"
    if sums["not_redone"]:
        yield f"{sums['not_redone']} can't be redone from what is kept"
    old, new = sums["old"], sums["new"]
    yield from sum_lines(old, new, currency)
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
    return {
        "redone": len(redone),
        "changed": len(comparison.changed),
        "not_redone": len(comparison.left_out),
        **{name: _sums(comparison, sides[name], refunds[name]) for name in sides},
        "dispositions": disposition_counts(redone),
        "over_capacity": _over_capacity(comparison),
    }


def _sums(comparison: Comparison, sides: Sequence[Side], refunds: Sequence[float]) -> dict[str, Any]:
    return {**side_sums(sides, refunds), **_impact(comparison, sides)}


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
