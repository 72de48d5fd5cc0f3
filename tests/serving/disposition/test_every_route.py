"""No unsafe route exists: proved over the whole product of what the gates read.

1. Each gate is asked with every combination of what it reads, and closes what the rules of safety_rules.py
   close. A spy holds that it reads nothing else.
2. Every combination of the answers that gates give is decided, and the choice is never a way that one of
   them closes. So what a gate closes stays closed, whatever the others say and whatever it would be worth.
3. Whole returns are walked from the facts to the decision, to hold both against the real thing.
4. What is not known leaves no more ways out than the worst that could be known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import chain, combinations, islice, product
from math import nan, prod
from typing import Any

import pytest

from data.decision import Destination, Disposition, GateKind
from data.defect import DefectKind
from data.device import DeviceClass
from data.fraud import Action
from data.rma import Ownership, ReturnReason
from data.verification import (
    BatteryKind,
    BatterySign,
    FunctionalGrade,
    ListStatus,
    LockState,
    Outcome,
    SanitisationState,
)
from serving.disposition import decide
from serving.disposition.decide import dispose
from serving.disposition.evidence import Evidence, GateAnswer
from serving.disposition.gates import GATES, ask_gates
from serving.disposition.policy import Policy, open_policy
from tests.serving.disposition.safety_rules import (
    ACCESSORIES,
    ALL,
    AS_SEEN,
    EXPORT,
    GRADES,
    IDENTITIES,
    OUT,
    RULES,
    Facts,
    Rule,
)

SHIPPED = open_policy()
# Everyday every 211th combination of a long walk, a number that divides by none of the lengths walked. All of
# them with the slow tests, for the policy by which more ways lead abroad.
WALKS: list[Any] = [
    ("shipped", 211),
    ("sites abroad", 211),
    pytest.param("sites abroad", 1, marks=pytest.mark.slow),
]
FEW = 2_000
ABROAD_TOO = ("repair_centre", "certified_recycler", "vendor")
EVERY_SIGN = tuple(
    frozenset(some) for n in range(len(BatterySign) + 1) for some in combinations(BatterySign, n)
)
FLOORS = (DefectKind.CRACK, DefectKind.BENT, DefectKind.MISSING_PART, DefectKind.DISPLAY_FAULT)
EVERY_DAMAGE = tuple(frozenset(some) for n in range(len(FLOORS) + 1) for some in combinations(FLOORS, n))
COUNTRIES = (None, "CA", "US", "DE")
# What each gate reads, with every value that there is; of numbers those on both sides of each threshold.
INPUTS: Mapping[GateKind, dict[str, Sequence[Any]]] = {
    GateKind.BATTERY: {
        "device_class": tuple(DeviceClass),
        "reason": (ReturnReason.RECALL, ReturnReason.DEFECTIVE, ReturnReason.UNKNOWN),
        "country": ("CA", "US"),
        "signs": EVERY_SIGN,
        "kind": tuple(BatteryKind),
        "swelling": (0.0, 0.5, nan),
        "photos": ("none", "A"),
    },
    GateKind.DATA: {"sanitisation": tuple(SanitisationState), "country": COUNTRIES},
    GateKind.LOCK_AND_LIST: {
        "device_class": tuple(DeviceClass),
        "lock": tuple(LockState),
        "list_status": tuple(ListStatus),
        "ownership": tuple(Ownership),
        "country": COUNTRIES,
    },
    GateKind.RECALL: {
        "reason": tuple(ReturnReason),
        "embargoed": (False, True),
        "country": COUNTRIES,
    },
    GateKind.CROSS_BORDER: {
        "sanitisation": tuple(SanitisationState),
        "functional": tuple(FunctionalGrade),
        "country": COUNTRIES,
    },
    GateKind.FRAUD: {"action": tuple(Action), "country": COUNTRIES},
    GateKind.EVIDENCE: {
        "device_class": tuple(DeviceClass),
        "observed_class": (None, *DeviceClass),
        "outcome": tuple(Outcome),
        "identity": tuple(IDENTITIES),
        "photos": ("none", "no grade", "A"),
        "as_seen": tuple(AS_SEEN),
        "country": ("CA", "US"),
    },
    GateKind.CONDITION: {
        "photos": ("none", "no grade", *GRADES),
        "as_seen": ("whole", "front", "with a person"),
        "damage": EVERY_DAMAGE,
        "functional": tuple(FunctionalGrade),
        "accessories": tuple(ACCESSORIES),
        "reason": tuple(ReturnReason),
        "country": ("CA", "US"),
    },
}
# Where in the evidence each fact stands.
STANDS: Mapping[str, set[str]] = {
    "device_class": {"case.rma.device_class"},
    "reason": {"case.rma.reason"},
    "country": {"case.rma.country"},
    "ownership": {"case.rma.ownership"},
    "embargoed": {"case.rma.sku"},
    "signs": {"bench.battery_signs", "hazard_signs"},
    "kind": {"bench.battery_kind"},
    "swelling": {"condition.probability"},
    "damage": {"condition.probability"},
    "photos": {
        "condition.grade",
        "condition.photos",
        "condition.abstain_reasons",
        "condition.grade_probabilities",
    },
    "as_seen": {"condition.deciding_grade", "condition.decides_as_seen"},
    "sanitisation": {"bench.sanitisation"},
    "lock": {"bench.lock"},
    "list_status": {"bench.list_status"},
    "functional": {"bench.functional"},
    "accessories": {"case.rma.expected_accessories", "bench.accessories"},
    "outcome": {"bench.outcome"},
    "observed_class": {"bench.observed_device_class"},
    "identity": {"case.rma.identity", "bench.identity"},
    "action": {"fraud.action"},
}
# What the fraud gate writes into its text, and decides nothing by.
TEXT_ONLY = {"fraud.probability", "fraud.reasons", "fraud.floors", "case.rma.value"}


def with_embargo(policy: Policy) -> Policy:
    recall = policy.recall.model_copy(update={"embargoed_skus": frozenset({"EMBARGOED"})})
    return policy.model_copy(update={"recall": recall})


def with_sites_abroad(policy: Policy) -> Policy:
    """Return a policy whose repair centre, recycler and vendor lie in another country."""
    countries = {**policy.site.countries, **{Destination(place): "MX" for place in ABROAD_TOO}}
    return policy.model_copy(update={"site": policy.site.model_copy(update={"countries": countries})})


POLICIES = {
    "shipped": with_embargo(SHIPPED),
    "sites abroad": with_sites_abroad(with_embargo(SHIPPED)),
}


def exported(facts: Facts, policy_name: str) -> frozenset[str]:
    """Say which ways leave the country, from what the policies above say of their sites."""
    abroad = (
        {"refurbish", "repair", "return_to_vendor", "recycle"} if policy_name == "sites abroad" else set()
    )
    return frozenset(abroad | ({"restock"} if facts.country == "US" else set()))


def asked(rules: Sequence[Rule], facts: Facts, policy_name: str) -> frozenset[str]:
    """Return what these rules close."""
    closed = frozenset(chain.from_iterable(rule(facts) for rule in rules))
    return (closed - {EXPORT}) | exported(facts, policy_name) if EXPORT in closed else closed


def closed_by(answer: GateAnswer) -> frozenset[str]:
    return ALL if answer.has_decided else frozenset(way.value for way in answer.gate.forbidden) & ALL


def every(inputs: Mapping[str, Sequence[Any]], step: int = 1) -> Iterator[Facts]:
    """Return facts for every combination of these inputs, or for every `step`th."""
    start = Facts()
    for values in islice(product(*inputs.values()), 0, None, step):
        yield replace(start, **dict(zip(inputs, values, strict=True)))


@pytest.mark.parametrize(("policy_name", "step"), WALKS)
@pytest.mark.parametrize("kind", GateKind)
def test_a_gate_closes_what_safety_asks_whatever_else_it_reads(
    kind: GateKind, policy_name: str, step: int
) -> None:
    assert unsafe(kind, policy_name, every(INPUTS[kind], step_of(kind, step))) == []


def step_of(kind: GateKind, step: int) -> int:
    """Return the step of a long walk; a short one is always walked whole."""
    return step if combinations_of(INPUTS[kind]) > FEW else 1


def combinations_of(inputs: Mapping[str, Sequence[Any]]) -> int:
    return prod(map(len, inputs.values()))


def unsafe(kind: GateKind, policy_name: str, walk: Iterator[Facts]) -> list[tuple[Facts, frozenset[str]]]:
    """Return the first facts at which a gate leaves open what its rules close."""
    gate, policy, rules = GATES[kind], POLICIES[policy_name], RULES[kind]
    found = (
        (facts, asked(rules, facts, policy_name) - closed_by(gate(facts.evidence(), policy)))
        for facts in walk
    )
    return list(islice(((facts, left_open) for facts, left_open in found if left_open), 3))


class Spy:
    """Pass attributes on and remember which were read."""

    def __init__(self, inner: object, path: str, read: set[str]) -> None:
        self._inner, self._path, self._read = inner, path, read

    def __getattr__(self, name: str) -> Any:
        value, path = getattr(self._inner, name), f"{self._path}{name}"
        if path in {"case", "case.rma", "bench", "condition", "fraud"} and value is not None:
            return Spy(value, f"{path}.", self._read)
        self._read.add(path)
        return value


@pytest.mark.parametrize("kind", GateKind)
def test_a_gate_reads_nothing_but_what_is_walked(kind: GateKind) -> None:
    read: set[str] = set()
    for facts in every(INPUTS[kind], step_of(kind, 211)):
        spy: Any = Spy(facts.evidence(), "", read)
        GATES[kind](spy, POLICIES["sites abroad"])

    walked = set().union(*(STANDS[name] for name in INPUTS[kind]))
    assert read - TEXT_ONLY - {"condition"} <= walked


def test_every_fact_is_walked_by_some_gate() -> None:
    walked = {name for inputs in INPUTS.values() for name in inputs}

    assert walked == {field.name for field in fields(Facts)} == set(STANDS)
    assert set(RULES) == set(INPUTS) == set(GateKind)


# Values that bring out every answer of a gate, sooner than all there are.
TELLING: Mapping[str, Sequence[Any]] = {
    "signs": (frozenset(), frozenset({BatterySign.NONE_SEEN}), frozenset({BatterySign.LEAK})),
    "damage": (frozenset(), frozenset({DefectKind.CRACK})),
    "reason": (ReturnReason.RECALL, ReturnReason.DEFECTIVE, ReturnReason.UNKNOWN),
    "as_seen": ("whole", "front", "with a person"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", GateKind)
def test_the_values_that_are_said_to_tell_bring_out_every_answer(kind: GateKind) -> None:
    few, every_one = (
        {
            (answer.gate.state, answer.gate.forbidden)
            for answer in distinct(kind, POLICIES["sites abroad"], step)
        }
        for step in (2, 1)
    )

    assert few == every_one


def distinct(kind: GateKind, policy: Policy, step: int) -> list[GateAnswer]:
    """Return one of each answer that a gate gives, told apart by what it decides or closes."""
    fewer = {name: values for name, values in TELLING.items() if name in INPUTS[kind] and step > 1}
    inputs = {**INPUTS[kind], **fewer}
    answers: dict[object, GateAnswer] = {}
    for facts in every(inputs):
        answer = GATES[kind](facts.evidence(), policy)
        answers.setdefault((answer.gate.state, answer.gate.forbidden), answer)
    return list(answers.values())


def disobeyed(policy: Policy, step: int, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Decide combinations of answers, every `step`th; return choices that one of the answers closes."""
    everything = [distinct(kind, policy, step) for kind in GateKind]
    evidence = Facts().evidence()
    wrong: list[object] = []
    for answers in islice(product(*everything), 0, None, step):
        monkeypatch.setattr(decide, "ask_gates", lambda *_, answers=answers: answers)
        choice = decide.choose(evidence, policy)
        closed = frozenset(chain.from_iterable(closed_by(answer) for answer in answers))
        valued = {value.disposition.value for value in choice.expected_values}
        if choice.disposition.value in closed or valued & closed:
            wrong.append((answers, choice))
    return wrong


@pytest.mark.parametrize(("policy_name", "step"), WALKS)
def test_no_choice_is_one_that_a_gate_closes(
    policy_name: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert disobeyed(POLICIES[policy_name], step, monkeypatch) == []


# One good, one bad and one unknown value of each input: every combination of them is a return.
RETURNS: Mapping[str, Sequence[Any]] = {
    "signs": (frozenset(), frozenset({BatterySign.NONE_SEEN}), frozenset({BatterySign.SWELLING})),
    "kind": (BatteryKind.UNKNOWN, BatteryKind.NONE),
    "sanitisation": (SanitisationState.UNKNOWN, SanitisationState.PURGE, SanitisationState.DESTROY),
    "lock": (LockState.UNKNOWN, LockState.OFF, LockState.ON),
    "list_status": (ListStatus.UNKNOWN, ListStatus.CLEAN),
    "ownership": (Ownership.UNKNOWN, Ownership.OWNED),
    "functional": (FunctionalGrade.UNTESTED, FunctionalGrade.FAILED, FunctionalGrade.F5),
    "outcome": (Outcome.UNKNOWN, Outcome.MATCH, Outcome.EMPTY),
    "photos": ("none", "A", "D"),
    "as_seen": ("whole", "front"),
    "damage": (frozenset(), frozenset({DefectKind.CRACK})),
    "country": ("CA", "US"),
    "reason": (ReturnReason.RECALL, ReturnReason.DEFECTIVE),
    "accessories": ("unchecked", "whole"),
    "action": (Action.RELEASE, Action.HOLD),
}
EVERY_RULE = tuple(chain.from_iterable(RULES.values()))


@pytest.mark.parametrize(("policy_name", "step"), WALKS)
def test_no_return_leaves_by_a_way_that_a_safety_rule_closes(policy_name: str, step: int) -> None:
    policy, wrong = POLICIES[policy_name], list[object]()
    for facts in every(RETURNS, step):
        choice = decide.choose(facts.evidence(), policy)
        if choice.disposition.value in asked(EVERY_RULE, facts, policy_name):
            wrong.append((facts, choice.disposition))

    assert combinations_of(RETURNS) == 373_248
    assert wrong[:3] == []


def test_a_safe_return_is_not_held_back_by_the_rules() -> None:
    """A walk over rules that close everything would prove nothing."""
    choice = dispose(Facts(country="US").evidence(), POLICIES["shipped"])

    assert choice.disposition is Disposition.RESTOCK
    assert asked(EVERY_RULE, Facts(country="US"), "shipped") == frozenset()


# Each input with what stands for "not known", and everything that could be known instead.
UNKNOWN: Mapping[str, tuple[Any, Sequence[Any]]] = {
    "signs": (frozenset(), [signs for signs in EVERY_SIGN if len(signs) in {1, 2}]),
    "kind": (BatteryKind.UNKNOWN, tuple(BatteryKind)),
    "sanitisation": (SanitisationState.UNKNOWN, tuple(SanitisationState)),
    "lock": (LockState.UNKNOWN, tuple(LockState)),
    "list_status": (ListStatus.UNKNOWN, tuple(ListStatus)),
    "ownership": (Ownership.UNKNOWN, tuple(Ownership)),
    "functional": (FunctionalGrade.UNTESTED, tuple(FunctionalGrade)),
    "accessories": ("unchecked", ("missing", "whole")),
    "outcome": (Outcome.UNKNOWN, tuple(Outcome)),
    "photos": ("none", ("no grade", *GRADES)),
    "as_seen": ("with a person", tuple(AS_SEEN)),
}
# Of the ways that matter for an input: out of the house as a device, or abroad; of accessories those that
# sell or credit a whole set.
SOLD_AS_WHOLE = frozenset({"restock", "return_to_vendor"})
SOLD_AS_WORKING = frozenset({"restock", "donate"})
MATTER = {"accessories": SOLD_AS_WHOLE, "functional": SOLD_AS_WORKING, "photos": ALL, "as_seen": ALL}
GOOD_AND_UNKNOWN_BENCH: Mapping[str, Sequence[Any]] = {
    "sanitisation": (SanitisationState.PURGE, SanitisationState.UNKNOWN),
    "lock": (LockState.OFF, LockState.UNKNOWN),
    "functional": (FunctionalGrade.F5, FunctionalGrade.UNTESTED),
    "outcome": (Outcome.MATCH, Outcome.NOT_OPENED),
    "country": ("CA", "US"),
}
GOOD_AND_UNKNOWN = {**GOOD_AND_UNKNOWN_BENCH, "photos": ("A", "D"), "as_seen": ("whole", "front")}


def left_open(evidence: Evidence, policy: Policy) -> frozenset[str]:
    return ALL - frozenset(chain.from_iterable(closed_by(answer) for answer in ask_gates(evidence, policy)))


@pytest.mark.parametrize("policy_name", ["shipped", "sites abroad"])
@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_unknown_is_never_more_lenient_than_the_worst_that_could_be_known(
    name: str, policy_name: str
) -> None:
    """Out of the house as a device, or abroad, unknown leads nowhere where any known value would not."""
    unknown, known = UNKNOWN[name]
    policy, lenient = POLICIES[policy_name], list[object]()
    others = {key: values for key, values in GOOD_AND_UNKNOWN.items() if key != name}
    for facts in every(others):
        matter = MATTER.get(name, OUT | exported(facts, policy_name))
        by_unknown = left_open(replace(facts, **{name: unknown}).evidence(), policy)
        by_known = [left_open(replace(facts, **{name: value}).evidence(), policy) for value in known]
        if by_unknown & matter - frozenset.intersection(*by_known) or by_unknown - frozenset.union(*by_known):
            lenient.append((facts, by_unknown))

    assert lenient[:3] == []
