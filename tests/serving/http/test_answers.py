"""An answer shows every field of what the house keeps, and no field that it lacks."""

from dataclasses import fields
from typing import Any

import pytest
from pydantic import BaseModel

from data.decision import Decision
from data.fraud import Breakdown, Floor, FraudScore, Reason, TypologyShare
from serving.http.answers import (
    BreakdownAnswer,
    DecisionAnswer,
    FloorAnswer,
    FraudOfDecision,
    LikenessAnswer,
    OverrideAnswer,
    PhotoAnswer,
    ReasonAnswer,
)
from serving.http.openapi import ProblemDocument
from serving.http.problems import Problem, ProblemKind
from serving.record.entry import Override
from serving.record.photo_store.photo_trace import PhotoTrace

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
