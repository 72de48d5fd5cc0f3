"""A candidate decides by what is its own, and by what was seen and scored live where nothing is."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from data.case import ReturnCase
from data.condition import Condition
from data.decision import Disposition
from data.fraud import Action, FraudScore
from serving.demo.returns import shipped_returns
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import DEFAULT_POLICY
from serving.release import models_root
from serving.settings import Settings
from serving.shadow.candidate import Candidate
from serving.shadow.opening_shadow import open_candidate
from serving.shadow.shadow_file import read_shadow_file
from tests.serving.clear_return import scored
from tests.serving.record.entries import POLICY
from tests.serving.shadow.candidates import dear_policy, seen_return, shadow_file


def opened(path: Path) -> Candidate:
    return open_candidate(Settings(shadow=path), read_shadow_file(path))


def test_policy_of_a_candidate_decides_by_what_was_seen_and_scored_live(tmp_path: Path) -> None:
    seen = seen_return()
    candidate = opened(shadow_file(tmp_path))

    told = candidate.decide(seen)

    assert seen.decision.disposition is Disposition.RESTOCK
    assert told.disposition is not Disposition.RESTOCK
    assert (candidate.grader, candidate.scorer) == (None, None)
    assert (told.grade, told.fraud_probability, told.fraud_action) == ("A", 0.02, Action.RELEASE)
    assert (told.refund_amount, told.needs_person) == (600.0, False)


def test_candidate_that_is_what_is_served_decides_the_same(tmp_path: Path) -> None:
    seen = seen_return()
    told = opened(shadow_file(tmp_path, policy=DEFAULT_POLICY)).decide(seen)
    live = dispose(Evidence(seen.case, seen.decision.condition, seen.decision.fraud), POLICY)

    assert (told.disposition, told.destination, told.decided_by) == (
        live.disposition,
        live.destination,
        live.decided_by,
    )
    assert told.expected_amount == live.expected_values[0].amount


def test_score_is_made_anew_where_the_condition_is_another(tmp_path: Path) -> None:
    asked: list[Condition | None] = []

    class Scorer:
        identity = scored().model

        def score(
            self,
            cases: Sequence[ReturnCase],
            conditions: Sequence[Condition | None] | None = None,
            *,
            reasons: int | None = None,  # noqa: ARG002
        ) -> list[FraudScore]:
            assert len(cases) == 1
            asked.extend(conditions or ())
            return [scored(Action.HOLD, 0.9)]

    def regrade(condition: Condition, case: ReturnCase) -> Condition:
        return replace(condition, deciding_limit="another")

    candidate = replace(opened(shadow_file(tmp_path)), regrade=regrade, scorer=Scorer())

    told = candidate.decide(seen_return())

    assert [condition.deciding_limit for condition in asked if condition] == ["another"]
    assert (told.fraud_action, told.disposition, told.needs_person) == (
        Action.HOLD,
        Disposition.QUARANTINE,
        True,
    )


@pytest.mark.slow
def test_released_models_as_a_candidate_see_in_the_photos_what_they_see_live(tmp_path: Path) -> None:
    candidate = opened(shadow_file(tmp_path, models=str(models_root())))
    assert candidate.grader is not None
    photos = [photo.path.read_bytes() for photo in shipped_returns()[0].photos]
    seen = seen_return(photos=photos)
    rma = seen.case.rma
    live = candidate.grader.examine(seen.photos, device_class=rma.device_class, sku=rma.sku).condition

    told = candidate.decide(seen)

    assert told.grade == (live.grade.value if live.grade else None)
    assert candidate.scorer is not None


def test_candidate_is_another_one_once_anything_that_it_decides_by_is(tmp_path: Path) -> None:
    first = opened(shadow_file(tmp_path)).identity
    renamed = opened(shadow_file(tmp_path, policy=dear_policy(tmp_path).name)).identity
    dear = tmp_path / "dear.yaml"
    dear.write_text(dear.read_text() + "# a comment\n")
    changed = opened(tmp_path / "shadow.yaml").identity

    assert first == renamed
    assert first.sha256 != changed.sha256
    assert {name for name in first.parts if first.parts[name] != changed.parts[name]} == {"policy"}
