"""Whatever was accepted can be answered: no text of a caller keeps an answer from being written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from data.case import InvalidCase
from serving.http.answers import json_text, score_values
from serving.http.problems import Problem, ProblemKind
from serving.http.responses import answer_json, answer_problem

anything = st.text(st.characters(exclude_categories=()), max_size=80)


@given(anything, anything)
def test_any_text_that_is_echoed_is_written_as_json(name: str, text: str) -> None:
    written = json.loads(bytes(answer_json({name: [text]}).body))
    problem = json.loads(bytes(answer_problem(Problem(ProblemKind.WRONG_FIELD, text, (name,))).body))

    assert len(written) == 1
    assert problem["status"] == 422
    assert not any(
        0xD800 <= ord(letter) < 0xE000 for letter in json.dumps([written, problem], ensure_ascii=False)
    )


def test_whole_text_stays_as_it_is_and_half_a_character_is_spelled_out() -> None:
    assert json_text(["Zürich 📦"]) == '["Zürich 📦"]'
    assert json.loads(json_text(["a\ud83d\\b"])) == ["a\\ud83d\\b"]


@given(anything)
def test_a_wrong_case_is_named_by_what_can_be_written_of_its_number(rma_id: str) -> None:
    answer = score_values({"rma": {"rma_id": rma_id}}, InvalidCase(["rma.rma_id: wrong"]))

    assert answer["rma_id"].encode().decode() == answer["rma_id"]
    assert len(answer["rma_id"]) <= 64
