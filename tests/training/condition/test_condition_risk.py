"""When a grade is sure enough: drawn devices with a true grade, exact limits, and a bound that holds."""

import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from data.condition import Box, Condition, ModelIdentity
from data.defect import DefectKind, Grade, Severity
from data.device import Surface, View
from data.drawing.photos import DrawnDefect
from serving.condition.criteria import read_pack, read_prevalence
from serving.condition.model import ConditionModel
from serving.condition.rulebook import Calibrated, Rulebook
from serving.release import open_release
from tests.serving.condition.perfect_prediction import perfect_prediction
from training.condition.measure.coverage import (
    Graded,
    Point,
    choose,
    curve,
    kappa,
    read_risk,
    wrong_grades,
)
from training.condition.measure.drawn_devices import (
    DamageMix,
    TrueDefect,
    draw_photographed,
    piece_lengths,
    true_pack_grade,
)
from training.condition.measure.graded_photos import GradedPhoto
from training.condition.measure.risk import (
    damage_mix,
    draw_curve,
    grade_device,
    statement,
)
from training.metrics.figure import Share, upper_limit
from training.studies.more_damage import DamageStep, StepAnswer, summarise_steps
from training.studies.risk_study import cracked_over_graded, lines_of, state_in

SETTINGS = read_risk()
FACES = (Surface.FRONT, Surface.BACK)
ALIKE = dict.fromkeys(Severity, 1.0)
BUSY = DamageMix({kind: 0.1 for kind in DefectKind if not kind.is_dirt}, 0.0, 2, ALIKE)


@pytest.mark.parametrize(
    ("defects", "grade"),
    [
        ((), Grade.A),
        ((TrueDefect(DefectKind.SCRATCH, Surface.FRONT, 4.2),), Grade.C),
        ((TrueDefect(DefectKind.SCRATCH, Surface.BACK, 4.2),), Grade.B),
        (tuple(TrueDefect(DefectKind.SCRATCH, Surface.FRONT, 1.0) for _ in range(6)), Grade.B),
        ((TrueDefect(DefectKind.CRACK, Surface.BACK, 9.0),), Grade.D),
        ((TrueDefect(DefectKind.OIL, Surface.FRONT, 9.0),), Grade.A),
    ],
)
def test_the_true_grade_is_the_pack_applied_to_the_exact_defects(defects, grade):
    assert true_pack_grade(read_pack(), defects, FACES).grade == grade


def test_what_one_photo_can_carry_is_at_best_what_the_unseen_side_leaves():
    assert true_pack_grade(read_pack(), (), (Surface.FRONT,)).grade == Grade.B


@pytest.fixture(scope="module")
def devices():
    views = (View.FRONT_OFF, View.FRONT_ON, View.BACK)
    return [draw_photographed(np.random.default_rng((3, index)), BUSY, views, 400) for index in range(4)]


def test_a_drawn_device_is_the_same_from_the_same_seed(devices):
    again = draw_photographed(np.random.default_rng((3, 0)), BUSY, devices[0].views, 400)
    assert again.defects == devices[0].defects
    assert all((a.pixels == b.pixels).all() for a, b in zip(again.photos, devices[0].photos, strict=True))


def test_true_defects_lie_on_the_sides_that_are_shot_and_have_a_size(devices):
    defects = [defect for device in devices for defect in device.defects]
    assert len(defects) >= 4
    assert {defect.surface for defect in defects} <= set(FACES)
    assert all(defect.length_mm > 0 and not defect.kind.is_dirt for defect in defects)


def test_what_only_a_photo_shows_is_true_of_the_device_as_well():
    """A crack of this switch, 44 cm wide, shows in a lit photo and not to who looks straight at it."""
    rng = np.random.default_rng((4711, 54, 0xDE71CE))
    device = draw_photographed(
        rng, damage_mix(read_prevalence(), SETTINGS), SETTINGS.views, SETTINGS.long_side_px
    )
    shown = {
        (item.kind, item.surface)
        for photo in device.photos
        for item in photo.defects
        if not item.kind.is_dirt
    }
    assert shown == {(DefectKind.CRACK, Surface.FRONT)}
    assert {(item.kind, item.surface) for item in device.defects} >= shown
    assert device.shown


def test_pieces_of_a_drawn_defect_that_lie_apart_are_counted_each():
    mask = np.zeros((200, 200), np.uint8)
    mask[20:60, 50] = mask[70:80, 50] = mask[150:200, 50] = 255
    box = Box(0, 0, 1, 1)
    drawn = DrawnDefect(DefectKind.COATING_LOSS, Surface.BACK, Severity.DEEP, 179.0, 1.0, box, mask)
    assert sorted(piece_lengths(drawn, within_mm=12.0)) == pytest.approx([49.0, 59.0])
    assert sorted(piece_lengths(drawn, within_mm=3.0)) == pytest.approx([9.0, 39.0, 49.0])


def test_a_device_drawn_without_damage_is_an_a():
    none = DamageMix({}, 0.0, 1, ALIKE)
    device = draw_photographed(np.random.default_rng(1), none, (View.FRONT_OFF, View.BACK), 320)
    assert true_pack_grade(read_pack(), device.defects, FACES).grade == Grade.A


def test_a_network_that_saw_everything_would_grade_drawn_devices_as_they_are(monkeypatch, devices):
    """Whatever is wrong then is the measuring or the rules; a defect no photo shows can't be graded."""
    rules = Rulebook.read().never_uncertain()
    model = ConditionModel.open(rulebook=rules)
    gaps = []
    for device in devices:
        predictions = iter([perfect_prediction(photo) for photo in device.photos])
        monkeypatch.setattr(
            "serving.condition.model.predict", lambda *_, predictions=predictions: next(predictions)
        )
        graded = grade_device(model, rules.house, device)
        if device.shown == device.defects and graded.given:
            gaps.append(abs(graded.given.rank - graded.truth.rank))
    assert len(gaps) >= 2
    assert max(gaps) <= 1


def test_devices_are_drawn_with_the_mix_that_the_odds_assume():
    mix = damage_mix(Rulebook.read().prevalence, SETTINGS)
    assert mix.damage == Rulebook.read().prevalence.share


@pytest.mark.parametrize(
    ("errors", "count", "limit"), [(0, 36, 0.0974), (3, 100, 0.0852), (5, 5, 1.0), (0, 0, 1.0)]
)
def test_upper_limits_are_those_of_clopper_and_pearson(errors, count, limit):
    assert upper_limit(errors, count, 0.025) == pytest.approx(limit, abs=5e-4)


def test_an_interval_holds_the_share_it_is_of():
    low, high = Share(2, 20).interval
    assert low == pytest.approx(0.0123, abs=5e-4)
    assert high == pytest.approx(0.3170, abs=5e-4)


def graded(chance, given=Grade.B, truth=Grade.B):
    return Graded(truth, given, chance)


def point(threshold, decided, over=0, under=0):
    limits = (upper_limit(errors, decided, SETTINGS.allowance) for errors in (over, under))
    return Point(threshold, 300, decided, over, under, *limits)


def chosen_threshold(points):
    chosen = choose(points, SETTINGS)
    assert chosen is not None
    return chosen.threshold


def test_the_lowest_threshold_that_keeps_both_bounds_is_chosen():
    points = [point(0.9, 100), point(0.8, 150, over=4), point(0.7, 200, over=40), point(0.6, 300, over=60)]
    assert chosen_threshold(points) == 0.8


def test_what_is_decided_of_fewer_devices_than_a_start_does_not_end_the_search():
    points = [point(0.99, 5, over=1), point(0.9, 100)]
    assert chosen_threshold(points) == 0.9


def test_a_later_start_goes_on_where_an_earlier_one_ended():
    points = [point(0.9, 80, over=6), point(0.8, 160, over=6), point(0.7, 230, over=60)]
    assert chosen_threshold(points) == 0.8


def test_where_no_threshold_keeps_the_bounds_none_is_chosen():
    assert choose([point(0.9, 100, over=20)], SETTINGS) is None
    assert choose([point(0.9, 100, under=40)], SETTINGS) is None
    assert choose([], SETTINGS) is None


def test_errors_are_counted_apart_and_only_among_what_is_decided():
    rows = [
        graded(0.9),
        graded(0.9, Grade.A, Grade.C),
        graded(0.9, Grade.D, Grade.C),
        graded(0.3, Grade.A, Grade.E),
        graded(0.0, None, Grade.E),
    ]
    [at_least_half] = [one for one in curve(rows, SETTINGS) if one.threshold == 0.5]
    assert (at_least_half.decided, at_least_half.over, at_least_half.under) == (3, 1, 1)
    assert at_least_half.coverage == pytest.approx(0.6)


def test_the_bound_holds_as_often_as_it_says():
    """Simulated devices, those under 0.6 often wrong: the true risk of what is chosen is known."""
    rng = np.random.default_rng(0)
    broken, chosen = 0, 0
    for _ in range(100):
        chances = rng.uniform(0.3, 1.0, 300)
        wrong = rng.random(300) < np.where(chances < 0.6, 0.4, 0.02)
        rows = [
            graded(chance, Grade.A if is_wrong else Grade.B)
            for chance, is_wrong in zip(chances, wrong, strict=True)
        ]
        point = choose(curve(rows, SETTINGS), SETTINGS)
        if point is not None:
            chosen += 1
            unsure = max(0.0, 0.6 - point.threshold)
            sure = 1.0 - point.threshold - unsure
            true_risk = (0.4 * unsure + 0.02 * sure) / (unsure + sure)
            broken += true_risk > SETTINGS.over_graded_at_most
    assert chosen > 80
    assert broken <= 5


def test_kappa_is_one_for_the_truth_and_carries_an_interval():
    rows = [graded(0.9, grade, grade) for grade in Grade for _ in range(4)]
    assert kappa(rows, seed=0) == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 20}
    assert kappa([], seed=0)["value"] is None


def test_kappa_against_what_the_photos_show_forgives_what_they_do_not():
    hidden = [Graded(Grade.D, Grade.A, 0.9, shown=Grade.A), Graded(Grade.E, Grade.C, 0.9, shown=Grade.C)]
    assert kappa(hidden, seed=0, of_shown=True)["value"] == 1.0
    against_all = kappa(hidden, seed=0)["value"]
    assert against_all is not None
    assert against_all < 0.6


def test_kappa_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    ranks = rng.integers(5, size=(80, 2))
    rows = [graded(0.9, list(Grade)[given], list(Grade)[truth]) for truth, given in ranks]
    expected = cohen_kappa_score(ranks[:, 0], ranks[:, 1], labels=range(5), weights="quadratic")
    assert kappa(rows, seed=0)["value"] == pytest.approx(expected, abs=1e-4)


def read_manifest(manifest):
    rules = Rulebook.read()
    return Calibrated.of(manifest, rules.house, rules.measured_with)


def test_serving_reads_what_is_stated():
    house = read_pack()
    stated = statement([graded(0.9)] * 200, house, SETTINGS)
    assurance = read_manifest({"abstention": stated}).assurance
    assert assurance is not None
    assert assurance.least_probability == max(min(SETTINGS.thresholds), house.abstain_below)
    assert assurance.devices == 200
    assert lines_of(stated)[-1] == f"threshold: {min(SETTINGS.thresholds)}"


def test_a_statement_that_was_not_reached_says_so_and_leaves_every_grade_to_a_person():
    house = read_pack()
    stated = statement([graded(0.9, Grade.A)] * 60, house, SETTINGS)
    assert stated["threshold"] is None
    assert read_manifest({"abstention": stated}).assurance is None
    assert lines_of(stated)[-1] == "threshold: none keeps both bounds"


@pytest.fixture(params=[frozenset({"front"}), frozenset({"back"}), frozenset({"front", "back"})], ids=sorted)
def released(request):
    """Return what the champion states of photos of some sides, the fewest photos first."""
    stated = open_release("condition").manifest["abstention_as_seen"]
    return [one for one in stated if frozenset(one["sides"]) == request.param]


def test_the_released_statement_keeps_the_bounds_of_today(released):
    """A bound made stricter holds for no release until `regrade study seen --state` has measured it."""
    bounds = ("devices", "over_graded_at_most", "under_graded_at_most", "confidence")

    assert released
    for stated in released:
        assert {name: stated[name] for name in bounds} == {name: getattr(SETTINGS, name) for name in bounds}
        assert stated["settings"]["version"] == SETTINGS.version


def test_the_released_least_probability_is_one_that_its_own_curve_reached(released):
    """It is measured, not typed: another figure has other counts, or a limit beyond its bound."""
    [stated] = [one for one in released if one["photos"] == len(one["sides"])]
    if stated["threshold"] is None:
        # No least probability bore the bounds: nothing is given by such photos.
        assert stated["decided"] == 0
        return
    [point] = [point for point in stated["curve"] if point["threshold"] == stated["threshold"]]

    counted = (stated["decided"], stated["over_graded"], stated["under_graded"])
    assert (point["decided"], point["over"], point["under"]) == counted
    assert point["over_upper"] <= stated["over_graded_at_most"]
    assert point["under_upper"] <= stated["under_graded_at_most"]


def test_the_curve_can_be_drawn(tmp_path):
    stated = statement([graded(0.9)] * 60 + [graded(0.6, Grade.A)] * 20, read_pack(), SETTINGS)
    draw_curve(stated).savefig(tmp_path / "risk.png")
    assert (tmp_path / "risk.png").stat().st_size > 5000


def cracked(grade, chance=0.9):
    odds = {each: chance if each is grade else 0.0 for each in Grade}
    condition = Condition(grade, odds, {}, (), "", (), (), ModelIdentity("condition", "test", "0" * 64))
    return GradedPhoto("", "", "", "", {DefectKind.CRACK: True}, None, None, condition)


def test_a_cracked_device_is_over_graded_by_anything_better_than_d():
    rows = [cracked(Grade.B), cracked(Grade.D), cracked(Grade.E), cracked(Grade.A, 0.3), cracked(None)]
    figures = cracked_over_graded(rows, 0.6)
    assert (figures["photos"], figures["decided"], figures["over_graded"]) == (5, 3, 1)
    assert figures["low"] < 1 / 3 < figures["high"]


def test_a_statement_is_written_into_the_manifest_that_serving_reads(tmp_path):
    house = read_pack()
    (tmp_path / "manifest.json").write_text('{"name": "condition", "base_rate": {"crack": 0.2}}')
    state_in(tmp_path, statement([graded(0.9)] * 200, house, SETTINGS))
    calibrated = read_manifest(json.loads((tmp_path / "manifest.json").read_text()))
    assert calibrated.assurance is not None
    assert calibrated.assurance.devices == 200
    assert calibrated.base_rate == {DefectKind.CRACK: 0.2}


def test_what_was_graded_wrongly_is_listed_with_what_decided_it_but_not_stated_in_the_manifest(tmp_path):
    over = Graded(Grade.D, Grade.A, 0.8, "crack on front", "no limit reached")
    under = Graded(Grade.A, Grade.B, 0.9)
    wrong = wrong_grades([graded(0.99), over, under])
    assert [(one["graded"], one["true_limit"]) for one in wrong] == [
        ("too badly", ""),
        ("too well", "crack on front"),
    ]
    stated = {**statement([over], read_pack(), SETTINGS), "wrong": wrong}
    assert "too well: A for D at 0.80; true: crack on front; given: no limit reached" in lines_of(stated)
    (tmp_path / "manifest.json").write_text("{}")
    state_in(tmp_path, stated)
    assert "wrong" not in json.loads((tmp_path / "manifest.json").read_text())["abstention"]


def test_steps_to_a_better_grade_are_counted_among_all_and_among_those_that_would_be_given():
    crack, none = StepAnswer(Grade.D, 0.8, "crack on front"), StepAnswer(Grade.A, 0.5, "no limit reached")
    steps = [
        DamageStep(0, DefectKind.DENT, none, crack),
        DamageStep(0, DefectKind.CHIP, crack, none),
        DamageStep(1, DefectKind.CHIP, crack, crack),
    ]
    summary = summarise_steps(steps, 0.6)
    assert (summary["better"]["hits"], summary["better"]["n"]) == (1, 3)
    assert (summary["better_of_decided"]["hits"], summary["better_of_decided"]["n"]) == (0, 1)
    assert "crack on front" in str(steps[1])
    assert json.loads(json.dumps(summary))["which"][0]["added"] == "chip"
