"""Measure what a fraud model does where facts are not sent, beside another model on the same returns."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from data.fraud import Action, Moment
from data.world import Block, WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from serving.fraud.base_rate import BaseRateShift, learnt_rate
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.fraud.policy import DEFAULT_POLICY, read_fraud_policy
from serving.release import BrokenRelease, Release
from training.fraud.settings import FraudSettings, read_settings
from training.fraud.world.changed_facts import FACTS, count_broken
from training.fraud.world.rated import rate
from training.fraud.world.world_rows import Measured, join_measured, measure_block
from training.metrics.ranked import Bools, Scores, auc, average_precision, calibration_error, value_of
from training.release import given_release

WARM_UP_DAYS = 90.0
# Of every world one share of fraud, so that what depends on it can be seen apart.
WORLDS = ((2_101, 0.02), (2_102, 0.055), (2_103, 0.10))
RETURNS = 20_000
CHANGED_CASES = 240
ALL_SENT = "all sent"
PARTS = ("history", "scans", "photos", "verification", "verification.weight_g", "rma.value.currency")
DATES = ("rma.ordered_at", "rma.delivered_at", "rma.account_created_at")
Facts = tuple[str, ...]
Body = dict[str, Any]


@dataclass(frozen=True)
class Rival:
    """One model with the policy that was set for it, and what it says of the rows of each pattern.

    learnt_at: the share of fraud that it was calibrated for.
    """

    title: str
    model: FraudModel
    learnt_at: float
    rated: dict[tuple[str, int, str], "Rated"] = field(default_factory=dict)


@dataclass(frozen=True)
class Rated:
    """The truth of some returns, their probability, and whether each is reviewed or held."""

    truth: Bools
    scores: Scores
    looked_at: Bools


def study_unsent(
    *,
    release: Path | None = None,
    beside: Path | None = None,
    returns: int = RETURNS,
    cases: int = CHANGED_CASES,
    out: Path | None = None,
) -> Iterator[str]:
    """Yield the figures of a release, and of one beside it, in worlds that neither learnt from.

    cases: so many have one fact after the other changed. out: the figures are written here as JSON.
    """
    settings = read_settings()
    folders = [release, *([beside] if beside else [])]
    rivals = [_rival(given_release(MODEL_NAME, folder)) for folder in folders]
    patterns = patterns_of(settings)
    for seed, prevalence in WORLDS:
        world = WorldSettings(seed=seed, returns=returns, prevalence=prevalence)
        for pattern, rows in _measured(world, patterns):
            for rival in rivals:
                _rate(rival, pattern, world, rows)
    body = _body(rivals, patterns)
    messages = _messages(WorldSettings(seed=WORLDS[1][0], returns=max(1_500, cases * 5)), cases)
    body["changed facts"] = {
        rival.title: [vars(one) for one in count_broken(rival.model, messages, FACTS)] for rival in rivals
    }
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(body, indent=2, default=float) + "\n", encoding="utf-8")
    yield from lines_of(body)


def patterns_of(settings: FraudSettings) -> dict[str, Facts]:
    """Return what is left out, by name: nothing, what each sender of the settings lacks, and single parts."""
    senders = {name: sender.lacks for name, sender in settings.unsent.senders.items() if sender.lacks}
    parts = {f"without {part}": (part,) for part in PARTS}
    return {ALL_SENT: (), **senders, **parts, "without dates": DATES}


def lines_of(body: Mapping[str, Any]) -> Iterator[str]:
    """Write the figures as text."""
    yield f"worlds (seed, share of fraud): {', '.join(map(str, WORLDS))}; all simulated"
    yield "pattern | moment | n | fraud | model | AUC | AP | ECE, base rate set | mean p | looked at"
    for row in body["patterns"]:
        yield (
            f"{row['pattern']} | {row['moment']} | {row['n']:,} | {row['fraud']:,} | {row['model']} | "
            f"{row['auc']:.3f} | {row['average_precision']:.3f} | {row['calibration_error']:.4f} | "
            f"{row['mean']:.4f} for {row['true']:.4f} | {row['looked_at']:.4f}"
        )
    yield "share of fraud | moment | model | ECE as released | ECE, base rate set"
    for row in body["prevalence"]:
        yield (
            f"{row['prevalence']} | {row['moment']} | {row['model']} | {row['as_released']:.4f} | "
            f"{row['base_rate_set']:.4f}"
        )
    yield f"actions that flip at T2, all sent: {json.dumps(body['flips'])}"
    yield "model | fact | cases | order broken | absent: below its best | above its worst | by at most"
    for title, rows in body["changed facts"].items():
        for row in rows:
            yield (
                f"{title} | {row['path']} | {row['cases']} | {row['order']} | {row['flattered']} | "
                f"{row['blamed']} | {row['worst']:.4f}"
            )
        yield f"{title}: {sum(row['order'] + row['flattered'] + row['blamed'] for row in rows)} broken in all"


def _rival(release: Release) -> Rival:
    """Open a release with the policy that was set for it, the newest for one that none was set for."""
    policies = [read_fraud_policy(path) for path in sorted(DEFAULT_POLICY.parent.glob("fraud-[0-9]*.yaml"))]
    fitting = [policy for policy in policies if policy.is_for(release.identity)]
    model = FraudModel.open(release, policy=(fitting or policies)[-1])
    learnt_at = learnt_rate(release.manifest)
    if learnt_at is None:
        raise BrokenRelease(
            f"fraud {release.version} does not say for which share of fraud it was calibrated"
        )
    return Rival(f"fraud {release.version}", model, learnt_at)


def _measured(world: WorldSettings, patterns: Mapping[str, Facts]) -> Iterator[tuple[str, Measured]]:
    """Yield the later returns of a world by each pattern; a moment stays what it would be with all sent."""
    blocks = list(simulate(world))
    whole = _replayed(blocks, world, ())
    for name, lacks in patterns.items():
        rows = _replayed(blocks, world, lacks) if lacks else whole
        yield name, Measured(**{**vars(rows), "moment": whole.moment})


def _replayed(blocks: Sequence[Block], world: WorldSettings, lacks: Facts) -> Measured:
    return join_measured([measure_block(one, world, first_day=WARM_UP_DAYS, lacks=lacks) for one in blocks])


def _rate(rival: Rival, pattern: str, world: WorldSettings, rows: Measured) -> None:
    for moment in Moment:
        some = rows.at(moment)
        rated = rate(rival.model, some)
        at = [list(Moment)[code] for code in some.matrix[:, 0].astype(int)]
        pairs = zip(rated.scores.tolist(), at, rated.priority.tolist(), strict=True)
        actions = [rival.model.policy.action(*one) for one in pairs]
        looked_at = np.array([action is not Action.RELEASE for action in actions], dtype=bool)
        rival.rated[pattern, world.seed, moment.value] = Rated(some.is_fraud, rated.scores, looked_at)


def _body(rivals: Sequence[Rival], patterns: Mapping[str, Facts]) -> Body:
    moments = [moment.value for moment in Moment]
    rows = [
        _pattern_row(rival, pattern, moment) for pattern in patterns for moment in moments for rival in rivals
    ]
    by_prevalence = [
        _prevalence_row(rival, seed, prevalence, moment)
        for seed, prevalence in WORLDS
        for moment in moments
        for rival in rivals
    ]
    return {"patterns": rows, "prevalence": by_prevalence, "flips": _flips(rivals)}


def _pattern_row(rival: Rival, pattern: str, moment: str) -> Body:
    """Return the figures of all worlds together, each with its base rate set; reviews in the usual world."""
    parts = [(rival.rated[pattern, seed, moment], prevalence) for seed, prevalence in WORLDS]
    truth = np.concatenate([part.truth for part, _ in parts])
    scores = np.concatenate([_with_base_rate(part.scores, rival, p) for part, p in parts])
    usual = rival.rated[pattern, WORLDS[1][0], moment]
    return {
        "pattern": pattern,
        "moment": moment,
        "model": rival.title,
        "n": len(truth),
        "fraud": int(truth.sum()),
        "auc": value_of(auc, truth, scores),
        "average_precision": value_of(average_precision, truth, scores),
        "calibration_error": value_of(calibration_error, truth, scores),
        "mean": float(usual.scores.mean()),
        "true": float(usual.truth.mean()),
        "looked_at": float(usual.looked_at.mean()),
    }


def _prevalence_row(rival: Rival, seed: int, prevalence: float, moment: str) -> Body:
    part = rival.rated[ALL_SENT, seed, moment]
    return {
        "prevalence": prevalence,
        "moment": moment,
        "model": rival.title,
        "as_released": value_of(calibration_error, part.truth, part.scores),
        "base_rate_set": value_of(
            calibration_error, part.truth, _with_base_rate(part.scores, rival, prevalence)
        ),
    }


def _with_base_rate(scores: Scores, rival: Rival, prevalence: float) -> Scores:
    """Move probabilities as serving does where a policy says the share of fraud."""
    shift = BaseRateShift.between(rival.learnt_at, prevalence)
    return shift.apply(scores.astype(np.float32)).astype(np.float64)


def _flips(rivals: Sequence[Rival]) -> Body:
    """Count, of all returns sent whole at T2, those that both models look at, one of them, or none."""
    if len(rivals) < 2:
        return {}
    looks = [
        np.concatenate([rival.rated[ALL_SENT, seed, "T2"].looked_at for seed, _ in WORLDS])
        for rival in rivals
    ]
    first, second = looks[0], looks[1]
    return {
        "both": int((first & second).sum()),
        f"only {rivals[0].title}": int((first & ~second).sum()),
        f"only {rivals[1].title}": int((second & ~first).sum()),
        "neither": int((~first & ~second).sum()),
    }


def _messages(world: WorldSettings, count: int) -> list[dict[str, Any]]:
    """Return cases evenly over the later part of a world."""
    figures = load_figures()
    found = [message for block in simulate(world) for message in case_messages(block, figures, world)]
    later = found[len(found) // 5 :]
    return later[:: max(1, len(later) // count)][:count]
