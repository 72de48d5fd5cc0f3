"""A word that came into a list after the gates were written: never good news."""

from collections.abc import Callable
from enum import StrEnum

import pytest

from data.decision import Disposition
from serving.disposition import gates
from serving.disposition.evidence import Evidence, GateAnswer
from serving.disposition.policy import Policy, open_policy
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()

Gate = Callable[[Evidence, Policy], GateAnswer]


class NewWord(StrEnum):
    """A state that came into a list after the gates were written."""

    SUSPENDED = "suspended"


def evidence_with(finding: str, **rma: str) -> Evidence:
    """Return a clear return of which the bench says one thing in a new word."""
    case = clear_case(None, **rma)
    assert case.verification is not None
    found = case.verification.model_copy(update={finding: NewWord.SUSPENDED})
    return Evidence(case.model_copy(update={"verification": found}), photographed(), scored())


@pytest.mark.parametrize(
    ("gate", "finding"),
    [
        (gates.data_gate, "sanitisation"),
        (gates.lock_and_list_gate, "lock"),
        (gates.lock_and_list_gate, "list_status"),
    ],
)
def test_a_state_that_no_gate_knows_is_never_good_news(gate: Gate, finding: str) -> None:
    """Only what was listed as bad closed anything, so a new word passed every gate."""
    answer = gate(evidence_with(finding), POLICY)

    assert set(answer.gate.forbidden) >= {
        Disposition.RESTOCK,
        Disposition.DONATE,
        Disposition.RETURN_TO_VENDOR,
    }


def test_an_outcome_that_no_gate_knows_waits_for_a_person() -> None:
    assert gates.evidence_gate(evidence_with("outcome"), POLICY).has_decided


def test_a_device_whose_data_may_be_there_is_not_exported() -> None:
    answer = gates.cross_border_gate(evidence_with("sanitisation", country="US"), POLICY)

    assert Disposition.RESTOCK in answer.gate.forbidden
