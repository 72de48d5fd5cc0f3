"""In a simulated world the truth is known: weighted labels come near its rate of fraud, plain ones do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml

from data.case import ReturnCase, parse_case
from data.fraud import Action
from data.world import WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.record.entry import Entry
from serving.record.labels.decision_label import Label
from serving.record.labels.label_rules import DEFAULT_RULES, LabelKind
from serving.record.labels.weighted_rate import Rate, WeightedRate
from serving.record.record import Record
from serving.record.returns.fact import FactOrigin
from serving.release import open_release
from tests.serving.record.entries import entry, numbered
from tests.serving.record.labels.told_returns import labels_of, tell_at

pytestmark = pytest.mark.slow

WORLD = WorldSettings(seed=16, returns=1_200, prevalence=0.08, days=150)
# How the simulated operator learns the truth: of each action the share that is looked into, a blind audit of
# all, and chargebacks of what was released and was fraud.
LOOKED_INTO = {Action.HOLD: 0.9, Action.REVIEW: 0.6, Action.RELEASE: 0.0}
AUDITED, CHARGED_BACK = 0.08, 0.4


@dataclass(frozen=True)
class World:
    """A record of decided returns, the truth of each, and the moment at which nothing more is known."""

    record: Record
    truth: dict[str, bool]
    as_of: datetime

    @property
    def rate(self) -> float:
        return float(np.mean(list(self.truth.values())))

    def labels(self, rules: Path | None = None) -> list[Label]:
        found, _ = labels_of(self.record, self.as_of, rules)
        return [label for (_, kind), label in found.items() if kind is LabelKind.FRAUD and label.word]


@pytest.fixture(scope="module")
def decided() -> list[tuple[Entry, bool]]:
    """Return the decision on each return, by the score of the released model, and whether it is fraud."""
    model = FraudModel.open(open_release(MODEL_NAME))
    found: list[tuple[Entry, bool]] = []
    for block in simulate(WORLD):
        cases = [parse_case(message) for message in case_messages(block, load_figures(), WORLD)]
        frauds = (block.intent.typology >= 0).tolist()
        for case, score, is_fraud in zip(cases, model.score(cases), frauds, strict=True):
            kept = entry(f"dec-{case.rma.rma_id}", case=case, at=case.as_of, action=score.action)
            found.append((replace(kept, decision=replace(kept.decision, fraud=score)), is_fraud))
    return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    decided: Sequence[tuple[Entry, bool]],
) -> Iterator[World]:
    file = f"sqlite:///{tmp_path_factory.mktemp('world') / 'record.sqlite'}"
    url = file if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    record, rng = Record.open(url, numbered("id")), np.random.default_rng(16)
    for kept, is_fraud in decided:
        record.append(kept)
        _learn(record, rng, kept.case, kept.decision.fraud.action, is_fraud)
    # The youngest were decided some days ago: of them little is known yet.
    as_of = max(kept.case.as_of for kept, _ in decided) + timedelta(days=10)
    yield World(record, {kept.case.rma.rma_id: is_fraud for kept, is_fraud in decided}, as_of)
    record.close()


def _learn(
    record: Record, rng: np.random.Generator, case: ReturnCase, action: Action, is_fraud: bool
) -> None:
    def learn(share: float, origin: FactOrigin, mean_days: float) -> None:
        is_learnt, days = rng.random() < share, 0.1 + rng.gamma(1.6, mean_days / 1.6)
        if is_learnt:
            tell_at(record, case.rma.rma_id, is_fraud, origin, case.as_of + timedelta(days=days))

    learn(LOOKED_INTO[action], FactOrigin.INVESTIGATION, 12.0)
    learn(AUDITED, FactOrigin.BLIND_AUDIT, 6.0)
    if is_fraud and action is Action.RELEASE:
        learn(CHARGED_BACK, FactOrigin.CHARGEBACK, 40.0)


def rate_of(labels: Sequence[Label], *, weighted: bool) -> Rate:
    found = WeightedRate()
    for label in labels:
        assert label.word
        weight = label.word.weight if weighted else 1.0
        found.add(label.rma_id, is_true=bool(label.word.label), weight=weight)
    return found.rate()


def test_weighted_rate_is_near_the_truth_where_the_plain_one_is_far_from_it(world: World) -> None:
    labels = world.labels()
    plain, weighted = rate_of(labels, weighted=False), rate_of(labels, weighted=True)

    assert plain.share is not None
    assert weighted.share is not None
    assert plain.n == weighted.n > 120
    assert plain.share > 2 * world.rate
    assert abs(weighted.share - world.rate) < abs(plain.share - world.rate) / 4
    assert weighted.low < world.rate < weighted.high
    assert not plain.low < world.rate < plain.high


def test_labels_stand_for_as_many_decisions_as_there_are(world: World) -> None:
    weights = [label.word.weight for label in world.labels() if label.word]

    assert sum(weights) == pytest.approx(len(world.truth), rel=0.1)


def test_chargebacks_that_stood_for_others_would_lead_away_from_the_truth(
    world: World, tmp_path: Path
) -> None:
    rules = yaml.safe_load(DEFAULT_RULES.read_text())
    rules["origins"]["chargeback"]["picks"] = "by_decision"
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))

    right, wrong = (rate_of(world.labels(path), weighted=True) for path in (None, tmp_path / "rules.yaml"))

    assert right.share is not None
    assert wrong.share is not None
    assert wrong.share - world.rate > 2 * abs(right.share - world.rate)
