"""What senders leave out is learnt, and nothing is better left out than told at its best."""

from collections.abc import Iterator

import lightgbm
import numpy as np
import pytest

from data.case_columns import CaseColumns
from data.world import WorldSettings, simulate
from data.world.figures import load_figures
from data.world.written.messages import case_messages
from features.case.case_vector import compute
from features.case.contract import ALWAYS_GIVEN, case_contract
from serving.fraud.trees import MISSING_IS_NAN, MISSING_KIND, Tree, read_trees
from training.fraud.rows import Labelled, Part
from training.fraud.settings import Sender, UnsentSettings, read_settings
from training.fraud.train import weight_up_missed
from training.fraud.trees.boost import fit_rounds
from training.fraud.trees.exact import make_exact
from training.fraud.world.changed_facts import FACTS as CHANGED
from training.fraud.world.changed_facts import Fact, Message, count_broken
from training.fraud.world.unsent import FACTS, Senders, UnknownFact, without
from training.fraud.world.world_rows import replay_world

WORLD = WorldSettings(seed=7, returns=6_000)
ALWAYS_KNOWN = {"moment", "request_hour", "request_weekday"}
"""Beside the words of these lists, whose columns are all 0 where nobody says a word."""
WORDS = ("channel_", "reason_", "class_", "ownership_")


@pytest.fixture(scope="module")
def labelled() -> Labelled:
    settings = read_settings()
    senders = Senders(settings.unsent, 7)
    return replay_world(WORLD, settings.split, settings.labels, senders=senders, quiet=True)[0]


@pytest.fixture(scope="module")
def cases() -> CaseColumns:
    return next(iter(simulate(WORLD))).columns()


class Fitted:
    """Trees fitted as a release is, on a small world, with a calibration that changes no order."""

    def __init__(self, booster: lightgbm.Booster) -> None:
        self.booster = make_exact(booster)
        self.trees = list(read_trees(self.booster.model_to_string()))

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        raw = np.asarray(self.booster.predict(vectors, raw_score=True))
        return (1.0 / (1.0 + np.exp(-raw))).astype(np.float32)


@pytest.fixture(scope="module")
def fitted(labelled: Labelled) -> Fitted:
    settings = read_settings()
    return Fitted(fit_rounds(weight_up_missed(labelled, settings.labels), settings.boosting, 60))


def can_be_unknown(name: str) -> bool:
    is_word = name.startswith(WORDS) and name not in {"reason_changed", "class_mismatch"}
    return not is_word and name not in ALWAYS_KNOWN


def test_every_feature_that_can_be_unknown_was_unknown_in_training(labelled: Labelled) -> None:
    """In fraud 2 there were 50 that never were, so that unknown went where 0 goes."""
    missing = np.isnan(labelled.matrix).mean(axis=0)

    for name, share in zip(labelled.names, missing.tolist(), strict=True):
        assert (share > 0.0) == can_be_unknown(name), name


def test_every_feature_that_can_be_unknown_counts_as_something_or_is_never_asked_about() -> None:
    boosting = read_settings().boosting
    asked = [name for name in case_contract().names if name not in boosting.unused]

    assert set(boosting.unknown_as) == {name for name in asked if can_be_unknown(name)}
    assert not set(boosting.monotone) & set(boosting.unused)


def test_every_feature_a_case_may_lack_belongs_to_a_fact_that_senders_leave_out() -> None:
    needs = {feature.needs for feature in case_contract().features} - {ALWAYS_GIVEN}

    assert needs <= set(FACTS)


def test_a_return_and_what_a_sender_leaves_of_it_stay_together(labelled: Labelled) -> None:
    for group in np.unique(labelled.group)[:200]:
        own = labelled.where(labelled.group == group)
        assert len(set(own.part.tolist())) == 1
        assert len(own) % 2 == 0
    assert {int(part) for part in labelled.part} == {Part.FIT, Part.STOP, Part.CALIBRATE}


def test_the_same_return_loses_the_same_facts_in_any_block(cases: CaseColumns) -> None:
    senders = Senders(read_settings().unsent, 7)
    numbers = np.arange(1_000, 1_000 + len(cases))

    whole = compute(senders.leave_out(cases, numbers, 2))
    some = np.arange(40, 90)
    part = compute(senders.leave_out(cases.take(some), numbers[some], 2))

    assert part.tobytes() == whole[some].tobytes()
    assert compute(senders.leave_out(cases, numbers, 1)).tobytes() != whole.tobytes()


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_that_is_left_out_leaves_what_was_made_of_it_unknown(cases: CaseColumns, fact: str) -> None:
    """Sums over what is not there are 0, and no tree asks about them."""
    contract, counted = case_contract(), read_settings().boosting.unknown_as
    lacking = compute(without(cases, [fact]))

    for feature in contract.features:
        if feature.needs == fact and feature.name in counted and not is_word_of_bench(feature.name):
            assert np.isnan(lacking[:, contract.places[feature.name]]).all(), feature.name


def is_word_of_bench(name: str) -> bool:
    return name.startswith("outcome_")


def test_a_sender_who_lacks_what_no_case_has_is_refused() -> None:
    settings = UnsentSettings(senders={"odd": Sender(share=1.0, lacks=("rma.colour",))})

    with pytest.raises(UnknownFact, match=r"rma\.colour is no fact of a case; name some of rma\.ordered_at"):
        Senders(settings, 7)


def test_shares_of_senders_that_do_not_add_up_are_refused() -> None:
    settings = UnsentSettings(senders={"one": Sender(share=0.5)})

    with pytest.raises(ValueError, match=r"add up to 0\.5; make them 1"):
        Senders(settings, 7)


def test_unknown_goes_in_every_split_where_its_value_goes(fitted: Fitted) -> None:
    values = read_settings().boosting.unknown_as
    names = case_contract().names

    splits = [node for tree in fitted.trees for node in tree if not node.is_leaf]
    assert len({node.feature for node in splits}) > 40
    for node in splits:
        name = names[node.feature]
        assert name in values or not can_be_unknown(name), name
        if name in values:
            assert node.missing_goes_left == (np.float32(values[name]) <= node.threshold), name


def test_the_trees_say_at_every_split_that_unknown_was_learnt(fitted: Fitted) -> None:
    names = case_contract().names
    for tree in fitted.booster.model_to_string().split("\nTree=")[1:]:
        fields = dict(line.partition("=")[::2] for line in tree.split("\n") if "=" in line)
        kinds = zip(fields["split_feature"].split(), fields["decision_type"].split(), strict=True)
        for feature, kind in kinds:
            name = names[int(feature)]
            assert (int(kind) & MISSING_KIND == MISSING_IS_NAN) == can_be_unknown(name), name


def test_no_tree_lowers_a_score_where_the_direction_is_law(fitted: Fitted) -> None:
    """Proven: in every split of such a feature no leaf of the better side is above one of the worse."""
    names, directions = case_contract().names, read_settings().boosting.monotone
    checked = 0
    for tree in fitted.trees:
        for node in tree:
            side = 0 if node.is_leaf else directions.get(names[node.feature], 0)
            if side:
                left, right = list(leaves(tree, node.left)), list(leaves(tree, node.right))
                better, worse = (left, right) if side > 0 else (right, left)
                assert max(better) <= min(worse), names[node.feature]
                checked += 1
    assert checked > 300


def leaves(tree: Tree, number: int) -> Iterator[float]:
    node = tree[number]
    if node.is_leaf:
        yield node.value
    else:
        yield from leaves(tree, node.left)
        yield from leaves(tree, node.right)


@pytest.mark.slow
@pytest.mark.parametrize("fact", CHANGED, ids=lambda fact: fact.path)
def test_one_changed_fact_of_two_hundred_cases_breaks_no_law(
    fitted: Fitted, messages: list[Message], fact: Fact
) -> None:
    """Of every order, and of every absence but above the worst, where the dates tried are days apart."""
    (broken,) = count_broken(fitted, messages, [fact])

    assert broken.cases > 60
    assert (broken.order, broken.flattered) == (0, 0), broken


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    world = WorldSettings(seed=5, returns=1_500)
    found = [one for block in simulate(world) for one in case_messages(block, load_figures(), world)]
    return found[300:1_500:6]
