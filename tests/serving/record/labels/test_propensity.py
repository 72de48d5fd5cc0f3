"""A label stands for as many decisions as had its chance of being known, and for no others."""

from pathlib import Path

import pytest

from data.decision import Disposition
from data.fraud import Action
from data.versioned_file import InvalidFile
from serving.record.labels.label_rules import DEFAULT_RULES, LabelRules, read_label_rules
from serving.record.labels.propensity import Propensity, Stratum, Watch
from serving.record.returns.fact import FactOrigin

HELD = Stratum(Action.HOLD, Disposition.QUARANTINE, True)
RELEASED = Stratum(Action.RELEASE, Disposition.RESTOCK, False)
GRADED_BY_NOBODY = Stratum(Action.RELEASE, Disposition.RESTOCK, True)
INVESTIGATION, AUDIT, CHARGEBACK = FactOrigin.INVESTIGATION, FactOrigin.BLIND_AUDIT, FactOrigin.CHARGEBACK


def rules(smoothing: float = 0.0, floor: float = 0.001) -> LabelRules:
    shipped = read_label_rules()
    return shipped.model_copy(
        update={
            "smoothing": shipped.smoothing.model_copy(update={"value": smoothing}),
            "floor": shipped.floor.model_copy(update={"value": floor}),
        }
    )


def note(watch: Watch, stratum: Stratum, count: int, watched: float, **spoke: float) -> None:
    for _ in range(count):
        watch.note(stratum, watched, {FactOrigin(origin): days for origin, days in spoke.items()})


def test_chance_is_the_share_of_the_decisions_that_were_decided_alike() -> None:
    watch = Watch()
    note(watch, HELD, 80, 200, investigation=10)
    note(watch, HELD, 20, 200)
    note(watch, RELEASED, 5, 200, blind_audit=10)
    note(watch, RELEASED, 95, 200)
    propensity = Propensity(watch, rules())

    held = propensity.by_origin(INVESTIGATION, HELD, 200)
    released = propensity.by_origin(AUDIT, RELEASED, 200)

    assert held.probability == pytest.approx(0.8)
    assert (held.decisions, held.labelled) == (100, 80)
    assert released.probability == pytest.approx(0.05)
    assert (released.decisions, released.labelled) == (100, 5)


def test_decision_of_yesterday_says_nothing_about_the_labels_of_the_third_month() -> None:
    watch = Watch()
    note(watch, HELD, 20, 200, investigation=60)
    note(watch, HELD, 80, 200)
    note(watch, HELD, 900, 1)
    propensity = Propensity(watch, rules())

    assert propensity.by_origin(INVESTIGATION, HELD, 200).probability == pytest.approx(0.2)
    assert propensity.by_origin(INVESTIGATION, HELD, 59).probability == 0.001, "nobody had spoken so soon"


def test_chance_of_few_decisions_is_drawn_towards_that_of_their_action_and_then_of_all() -> None:
    watch = Watch()
    note(watch, RELEASED, 50, 200, blind_audit=10)
    note(watch, RELEASED, 950, 200)
    note(watch, GRADED_BY_NOBODY, 1, 200, blind_audit=10)
    propensity = Propensity(watch, rules(smoothing=20))

    few = propensity.by_origin(AUDIT, GRADED_BY_NOBODY, 200)

    assert few.probability == pytest.approx((1 + 20 * 51 / 1001) / 21, rel=1e-3)
    assert (few.decisions, few.labelled) == (1, 1)


def test_no_chance_is_below_the_floor_and_it_says_so() -> None:
    watch = Watch()
    note(watch, RELEASED, 1, 200, blind_audit=10)
    note(watch, RELEASED, 999, 200)
    propensity = Propensity(watch, rules(floor=0.005))

    found = propensity.by_origin(AUDIT, RELEASED, 200)

    assert (found.probability, found.is_floored) == (0.005, True)
    assert not propensity.by_origin(INVESTIGATION, HELD, 200).labelled, "a stratum that nobody was ever in"


def test_who_spoke_up_because_of_the_truth_stands_for_nobody_else() -> None:
    watch = Watch()
    note(watch, RELEASED, 40, 200, chargeback=30)
    note(watch, RELEASED, 10, 200, blind_audit=10)
    note(watch, RELEASED, 50, 200)
    propensity = Propensity(watch, rules())

    assert propensity.by_those_who_look(RELEASED, 200).probability == pytest.approx(10 / 60)
    assert propensity.by_origin(CHARGEBACK, RELEASED, 200).probability == pytest.approx(0.4)


def test_first_of_several_words_is_when_a_return_became_known() -> None:
    watch = Watch()
    note(watch, HELD, 10, 200, investigation=50, blind_audit=5)
    note(watch, HELD, 10, 200)
    propensity = Propensity(watch, rules())

    assert propensity.by_those_who_look(HELD, 6).probability == pytest.approx(0.5)
    assert propensity.by_origin(INVESTIGATION, HELD, 6).is_floored


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("  bench: {picks: by_decision, has_looked: true}\n", "origins: it lacks bench"),
        ("  value: 20\n", "smoothing.value: Field required"),
    ],
)
def test_rules_that_leave_something_out_are_refused(tmp_path: Path, line: str, says: str) -> None:
    shipped = DEFAULT_RULES.read_text()
    own = tmp_path / "own.yaml"
    own.write_text(shipped.replace(line, "", 1))
    assert own.read_text() != shipped

    with pytest.raises(InvalidFile, match=says):
        read_label_rules(own)
