"""What customers read is neutral, and what operators read is words: no codes, and photos counted from one."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

import serving
from data.condition import Condition, PhotoCode
from data.decision import Disposition
from data.defect import Grade
from data.device import DeviceClass
from data.fraud import Action
from data.rma import Ownership, ReturnReason
from data.verification import (
    BatterySign,
    FunctionalGrade,
    ListStatus,
    LockState,
    Outcome,
    SanitisationState,
)
from features.photo.photo import UnreadablePhoto
from serving.disposition.decide import DispositionChoice, dispose
from serving.disposition.evidence import Evidence
from serving.disposition.policy import open_policy
from serving.fraud.reasons import reason_texts
from serving.http.problems import problem_of
from serving.wording import photo_name, say, say_outcome
from tests.serving.clear_return import clear_case, photographed, scored

POLICY = open_policy()
FILES = sorted(Path(serving.__file__).parent.rglob("*.yaml"))
CUSTOMER_KEYS = {"customer", "customer_text", "customer_texts"}
# Words that accuse, or that give away how a return is judged; figures would too.
TELLING = re.compile(
    r"fraud|suspi|scor|risk|probab|likel|abus|stol|theft|thief|black|counterfeit|fake|swap|cheat|decei|"
    r"scam|crimin|investigat|violat|flag|unusual|trust|honest|lie|false|hold|threshold|model|\d|%|[{}]",
    re.IGNORECASE,
)
# Codes in a sentence, states that nobody noted, gaps and doubled marks.
NOT_WRITTEN = re.compile(
    r"mismatch|unevaluated|untested|data bearing|the reason unknown|is unknown|class other|found other|"
    r"ecommerce|iot |  |[.,;:][.,;]|\bNone\b|\{|\}",
)
HELD = "held for review"


def customer_texts(node: Any, *, is_theirs: bool = False) -> Iterator[str]:
    """Find every text under a key that says it is for the customer."""
    if isinstance(node, str) and is_theirs:
        yield node
    elif isinstance(node, dict):
        for key, inside in node.items():
            yield from customer_texts(inside, is_theirs=is_theirs or key in CUSTOMER_KEYS)
    elif isinstance(node, list):
        for inside in node:
            yield from customer_texts(inside, is_theirs=is_theirs)


def test_every_text_for_customers_in_every_file_is_neutral() -> None:
    texts = [text for file in FILES for text in customer_texts(yaml.safe_load(file.read_text()))]

    assert len(texts) > 40
    assert [text for text in texts if TELLING.search(text)] == []
    assert any(HELD in text for text in texts)


def test_every_reason_has_a_text_of_its_own_for_customers() -> None:
    assert all(texts.customer != texts.operator.unknown for texts in reason_texts().values())


def choices() -> Iterator[DispositionChoice]:
    """Decide returns of every kind that a code can name."""
    benches: list[dict[str, Any]] = [
        *({"outcome": outcome} for outcome in Outcome),
        *({"lock": state} for state in LockState),
        *({"list_status": status} for status in ListStatus),
        *({"sanitisation": state} for state in SanitisationState),
        *({"functional": grade} for grade in FunctionalGrade),
        *({"battery_signs": [sign]} for sign in BatterySign),
        *({"observed_device_class": kind} for kind in DeviceClass),
    ]
    rmas: list[dict[str, Any]] = [
        *({"reason": reason} for reason in ReturnReason),
        *({"ownership": ownership} for ownership in Ownership),
        *({"device_class": kind, "country": "US"} for kind in DeviceClass),
        {"expected_accessories": ["charger"]},
    ]
    for bench, rma in product(benches, rmas):
        yield dispose(Evidence(clear_case(bench, **rma), photographed(), scored()), POLICY)
    for action, grade in product(Action, [None, *Grade]):
        yield dispose(Evidence(clear_case(), photographed(grade), scored(action, 0.4)), POLICY)


@pytest.fixture(scope="module")
def decided() -> list[DispositionChoice]:
    return list(choices())


@pytest.fixture(scope="module")
def told(decided: list[DispositionChoice]) -> list[str]:
    """Return every text that an operator reads of these decisions, each once."""
    texts = {
        text
        for choice in decided
        for text in (
            choice.because,
            *choice.next_steps,
            *(gate.text for gate in choice.gates),
            *(value.text for value in choice.expected_values),
            *(change.text for change in choice.would_change),
        )
    }
    return sorted(texts)


def test_no_text_for_operators_carries_a_code(decided: list[DispositionChoice], told: list[str]) -> None:
    assert len(told) > 100
    assert [text for text in told if "_" in text] == []
    assert {choice.disposition for choice in decided} > {Disposition.RESTOCK, Disposition.QUARANTINE}


def test_no_text_for_operators_reads_as_nobody_would_write_it(told: list[str]) -> None:
    assert [text for text in told if NOT_WRITTEN.search(text)] == []


def test_what_the_bench_found_is_said_in_words() -> None:
    texts = {say_outcome(outcome) for outcome in Outcome}

    assert "another unit of the same model" in texts
    assert [text for text in texts if text and "mismatch" in text] == []
    assert say_outcome(Outcome.NOT_OPENED) is None


def test_several_reasons_to_abstain_make_one_sentence() -> None:
    reasons = ("too_dark: Add light.", "too_dark: Add light.", "blurred: Hold it still.")
    unseen = Condition(**{**vars(photographed(None)), "abstain_reasons": reasons})

    choice = dispose(Evidence(clear_case(), unseen, scored()), POLICY)

    assert ": too dark: Add light; blurred: Hold it still." in choice.because


def test_every_decision_tells_the_customer_something_neutral(decided: list[DispositionChoice]) -> None:
    told = {choice.customer_text for choice in decided}

    assert len(told) == 3
    assert [text for text in told if TELLING.search(text)] == []


def test_a_held_return_tells_the_customer_no_more_than_that_it_is_held() -> None:
    held = dispose(Evidence(clear_case(), photographed(), scored(Action.HOLD, 0.9)), POLICY)
    locked = dispose(Evidence(clear_case({"lock": "on"}), photographed(), scored()), POLICY)

    assert held.customer_text == locked.customer_text
    assert HELD in held.customer_text


def test_the_ways_that_are_weighed_are_named_in_words() -> None:
    choice = dispose(Evidence(clear_case(reason="defective"), photographed(), scored()), POLICY)

    named = {value.disposition: value.text for value in choice.expected_values}
    assert named[Disposition.RETURN_TO_VENDOR].startswith("return to vendor: ")


def test_photos_that_can_not_be_used_are_counted_from_one_and_indexed_from_zero() -> None:
    problem = problem_of(UnreadablePhoto(f"{photo_name(0)}: no image", 0), ["front.jpg", "back.jpg"])

    assert problem.detail == "photo 1 (front.jpg): no image"
    assert problem.errors == ("photos.0: no image",)


def test_reasons_to_abstain_reach_the_gate_in_words() -> None:
    reason = f"clean_and_retake: oil on {photo_name(2)}; wipe it"
    condition = photographed(None)
    dirty = Condition(**{**vars(condition), "abstain_reasons": (reason,)})

    choice = dispose(Evidence(clear_case(), dirty, scored()), POLICY)

    assert "clean and retake: oil on photo 3; wipe it" in choice.because


def test_codes_become_words() -> None:
    assert say(PhotoCode.TOO_DARK) == "too dark"
    assert say("return_to_vendor") == "return to vendor"
