"""An answer shows every field of what the house keeps, and no field that it lacks."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from pydantic import BaseModel

from data.decision import Decision
from data.fraud import Action, Breakdown, Floor, FloorFinding, FraudScore, Reason, Typology, TypologyShare
from serving.http.answers import (
    DecisionAnswer,
    OverrideAnswer,
    PhotoAnswer,
    score_values,
)
from serving.http.fraud_answers import (
    BreakdownAnswer,
    FloorAnswer,
    FraudAnswer,
    FraudOfDecision,
    LikenessAnswer,
    ReasonAnswer,
)
from serving.http.openapi import ProblemDocument
from serving.http.problems import Problem, ProblemKind
from serving.record.entry import Override
from serving.record.photo_store.photo_trace import PhotoTrace
from tests.serving.clear_return import scored

# What an answer says of the request, or works out, beside what is kept.
BESIDE = {"notes", "direction"}


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (DecisionAnswer, Decision),
        (FraudOfDecision, FraudScore),
        (FloorAnswer, Floor),
        (BreakdownAnswer, Breakdown),
        (ReasonAnswer, Reason),
        (LikenessAnswer, TypologyShare),
        (OverrideAnswer, Override),
        (PhotoAnswer, PhotoTrace),
    ],
)
def test_an_answer_has_the_fields_of_what_is_kept(answer: type[BaseModel], kept: Any) -> None:
    assert set(answer.model_fields) - BESIDE == {field.name for field in fields(kept)}


@pytest.mark.parametrize("kind", ProblemKind)
@pytest.mark.parametrize("errors", [(), ("rma.sku: Field required; add it",)])
def test_every_problem_is_as_described(kind: ProblemKind, errors: tuple[str, ...]) -> None:
    problem = Problem(kind, "It is wrong.", errors).at("/v1/decide")

    assert ProblemDocument.model_validate(problem.document()).errors == errors


def test_a_score_is_written_as_its_answer_is_described() -> None:
    reason = Reason("value", "Refund value 1 USD", "Wait.", -0.5)
    floor = Floor(FloorFinding.LISTED, Action.HOLD, "Listed")
    share = TypologyShare(Typology.ITEM_SWAP, 1.0)
    more: dict[str, Any] = {
        "reasons": (reason,),
        "floors": (floor,),
        "typologies": (share,),
        "unusual": 0.25,
    }
    for score in (scored(), replace(scored(), breakdown=Breakdown(0.1, -2.0, 0.5, -2.0), **more)):
        described = FraudAnswer.model_validate(score).model_dump(mode="json")

        assert json.dumps(score_values(None, score)) == json.dumps(described)
