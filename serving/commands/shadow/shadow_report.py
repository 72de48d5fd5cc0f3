"""Compare what a candidate would have decided with what was decided, in figures and in words."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

from data.decision import Destination, Disposition
from serving.commands.policy.both_sides import (
    BothSides,
    Side,
    changed_line,
    changed_values,
    disposition_counts,
    side_sums,
    sum_lines,
)
from serving.record.shadows.shadow_trial import ComparedRow, ShadowTrial
from serving.wording import say

NOT_GRADED = "not graded"
# What of a decision is told by from where it moves to where.
MOVES: dict[str, Callable[[dict[str, Any]], str]] = {
    "disposition": lambda side: str(side["disposition"]),
    "grade": lambda side: str(side["grade"] or NOT_GRADED),
    "fraud_action": lambda side: str(side["fraud_action"]),
    "queue": lambda side: "waits" if side["needs_person"] else "goes",
}


def trial_values(trial: ShadowTrial) -> dict[str, Any]:
    """Return a trial as JSON values: how much was compared, what changes, and how often with its interval."""
    pairs = [_both(row) for row in trial.compared]
    return {
        "candidate": trial.candidate,
        "sha256": trial.sha256,
        "parts": trial.parts,
        "first_at": trial.first_at.isoformat(),
        "last_at": trial.last_at.isoformat(),
        "runs": trial.runs,
        "drawn": trial.drawn,
        "compared": len(trial.compared),
        "failed": trial.failed,
        "errors": trial.errors,
        "late": trial.late,
        "skipped": trial.skipped,
        "no_room": trial.no_room,
        "currency": trial.currency,
        "rates": {
            "decision": _rate(sum(pair.has_changed for pair in pairs), len(pairs)),
            **{name: _rate(*_changed(trial, place)) for name, place in MOVES.items()},
        },
        "moves": {name: _moves(trial, place) for name, place in MOVES.items()},
        "dispositions": disposition_counts(pairs),
        "old": side_sums([pair.old for pair in pairs], [pair.old_refund for pair in pairs]),
        "new": side_sums([pair.new for pair in pairs], [pair.new_refund for pair in pairs]),
        "time": _times(trial.compared),
        "changed": [changed_values(pair) for pair in pairs if pair.has_changed],
    }


def trial_lines(trial: ShadowTrial) -> Iterator[str]:
    """Yield a trial in words: each decision that changes, and then the sums."""
    values = trial_values(trial)
    pairs = [_both(row) for row in trial.compared]
    first, last = (f"{at:%Y-%m-%d %H:%M}" for at in (trial.first_at, trial.last_at))
    yield f"candidate {trial.candidate} {trial.sha256[:12]}, {first} to {last} UTC, {trial.runs} runs"
    yield from (changed_line(pair, trial.currency) for pair in pairs if pair.has_changed)
    yield (
        f"{trial.drawn} decisions drawn: {len(pairs)} compared, {trial.failed} failed, {trial.late} late, "
        f"{trial.skipped} skipped ({trial.no_room} for want of room)"
    )
    yield from (f"failed: {error}: {count}" for error, count in sorted(trial.errors.items()))
    for name, rate in values["rates"].items():
        yield f"{say(name)} changes: {_said(rate)}"
        for move in values["moves"].get(name, ()):
            yield f"  {say(move['from'])} -> {say(move['to'])}: {move['count']}"
    yield from sum_lines(values["old"], values["new"], trial.currency)
    if times := values["time"]:
        ratio, n = times["ratio"], times["n"]
        yield (
            f"time, candidate at the lowest priority / live: median {ratio['median']:.2f}, "
            f"p95 {ratio['p95']:.2f} (n = {n})"
        )


def _both(row: ComparedRow) -> BothSides:
    return BothSides(
        decision_id=row.decision_id,
        rma_id=row.rma_id,
        decided_at=row.decided_at,
        old=_side(row.live),
        new=_side(row.candidate),
        old_refund=row.live["refund_amount"],
        new_refund=row.candidate["refund_amount"],
    )


def _side(values: dict[str, Any]) -> Side:
    return Side(
        disposition=Disposition(values["disposition"]),
        destination=Destination(values["destination"]),
        decided_by=values["decided_by"],
        grade=values["grade"],
        amount=values["expected_amount"] or 0.0,
        is_queued=bool(values["needs_person"]),
    )


def _changed(trial: ShadowTrial, place: Callable[[dict[str, Any]], str]) -> tuple[int, int]:
    changed = sum(place(row.live) != place(row.candidate) for row in trial.compared)
    return changed, len(trial.compared)


def _moves(trial: ShadowTrial, place: Callable[[dict[str, Any]], str]) -> list[dict[str, Any]]:
    """Return from where to where, the most frequent first; what stays is left out."""
    counts = Counter((place(row.live), place(row.candidate)) for row in trial.compared)
    return [
        {"from": before, "to": after, "count": count}
        for (before, after), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        if before != after
    ]


def _rate(count: int, n: int) -> dict[str, Any]:
    """Return a share with its exact 95 % interval (Clopper and Pearson); nothing is known of none."""
    if not n:
        return {"count": 0, "n": 0, "share": None, "low": 0.0, "high": 1.0}
    interval = binomtest(count, n).proportion_ci(0.95, method="exact")
    low, high = round(float(interval.low), 4), round(float(interval.high), 4)
    return {"count": count, "n": n, "share": round(count / n, 4), "low": low, "high": high}


def _times(compared: Sequence[ComparedRow]) -> dict[str, Any] | None:
    ratios = [row.duration_s / row.live_duration_s for row in compared if row.live_duration_s > 0]
    if not ratios:
        return None
    return {
        "n": len(ratios),
        "ratio": _quantiles(ratios),
        "candidate_s": _quantiles([row.duration_s for row in compared]),
        "live_s": _quantiles([row.live_duration_s for row in compared]),
    }


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    median, p95 = np.quantile(values, (0.5, 0.95))
    return {"median": round(float(median), 4), "p95": round(float(p95), 4)}


def _said(rate: dict[str, Any]) -> str:
    if rate["share"] is None:
        return "nothing was compared"
    return f"{rate['count']} of {rate['n']}, {rate['share']:.1%} [{rate['low']:.1%}, {rate['high']:.1%}]"
