"""What several photos of a side say together: between the surest and the mean, never less by damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.defect import DefectKind
from data.device import Surface, View
from serving.condition.combine_views import Chance, ViewChances, combine

CRACK, DISPLAY, SWELLING = DefectKind.CRACK, DefectKind.DISPLAY_FAULT, DefectKind.SWELLING
KINDS = (CRACK, DISPLAY, SWELLING)
FRONTS = (View.FRONT_OFF, View.FRONT_ON, View.FRONT_RAKING)

chances = st.floats(0.0, 1.0)
views_of = st.builds(
    ViewChances,
    st.sampled_from([*FRONTS, View.BACK, View.UNKNOWN]),
    st.fixed_dictionaries(dict.fromkeys(KINDS, chances)),
    st.booleans(),
)
sets = st.lists(views_of, min_size=1, max_size=6)


def photo(probability, *, view=View.FRONT_OFF, is_fit=True, kind=CRACK):
    return ViewChances(view, {kind: probability}, is_fit)


def on_front(*photos, kind=CRACK, share=0.5):
    return combine(photos, share_of_all=share)[Surface.FRONT][kind]


def test_one_photo_is_believed_as_it_is():
    assert on_front(photo(0.37)) == Chance.sole(0.37)


def test_photos_that_see_nothing_lower_the_odds_of_the_one_that_does_half_way_to_their_mean():
    chance = on_front(photo(0.9), photo(0.1), photo(0.1))
    # Odds of 9, 1/9, 1/9: their mean is 9 to the power of -1/3, half way to 9 is 9 to the power of 1/3.
    assert chance.highest == 0.9
    assert chance.agreed == pytest.approx(9 ** (1 / 3) / (1 + 9 ** (1 / 3)))
    assert on_front(photo(0.9), photo(0.1), share=0.0).agreed == pytest.approx(0.9)


def test_a_finding_is_lowered_as_its_side_is():
    chance = Chance(highest=0.9, agreed=0.5)
    assert chance.of(0.9) == pytest.approx(0.5)
    assert chance.of(0.5) == pytest.approx(0.1)
    assert Chance.sole(0.9).of(0.9) == 0.9


def test_a_photo_with_a_fault_raises_but_never_lowers():
    alone = on_front(photo(0.6))
    assert on_front(photo(0.6), photo(0.01, is_fit=False)) == alone
    assert on_front(photo(0.6), photo(0.99, is_fit=False)).agreed > alone.agreed
    assert on_front(photo(0.6, is_fit=False), photo(0.2, is_fit=False)).agreed == 0.6


@given(sets, st.data())
def test_a_fault_found_with_a_photo_never_lowers_a_chance(photos, data):
    index = data.draw(st.integers(0, len(photos) - 1))
    kind, share = data.draw(st.sampled_from(KINDS)), data.draw(chances)
    spoilt = ViewChances(photos[index].view, photos[index].defects, is_fit=False)
    old, new = (
        combine(shown, share_of_all=share)[spoilt.view.surface][kind]
        for shown in (photos, [*photos[:index], spoilt, *photos[index + 1 :]])
    )
    assert new.agreed >= old.agreed - 1e-12


def test_a_display_that_is_off_says_nothing_of_its_faults():
    lit, dark = photo(0.8, view=View.FRONT_ON, kind=DISPLAY), photo(0.001, kind=DISPLAY)
    assert on_front(lit, dark, dark, kind=DISPLAY).agreed == pytest.approx(0.8)


def test_no_photo_clears_a_battery():
    photos = [photo(0.4, kind=SWELLING), photo(0.001, kind=SWELLING), photo(0.001, kind=SWELLING)]
    assert on_front(*photos, kind=SWELLING) == Chance.sole(0.4)


def test_photos_of_unknown_sides_do_not_speak_of_each_other():
    photos = [photo(0.9, view=View.UNKNOWN), photo(0.1, view=View.UNKNOWN)]
    assert combine(photos, share_of_all=0.5)[Surface.UNKNOWN][CRACK] == Chance.sole(0.9)


@given(sets, st.data())
def test_more_damage_in_any_photo_never_lowers_a_chance(photos, data):
    index = data.draw(st.integers(0, len(photos) - 1))
    kind, share = data.draw(st.sampled_from(KINDS)), data.draw(chances)
    before = photos[index]
    worse = ViewChances(
        before.view, {**before.defects, kind: data.draw(st.floats(before.defects[kind], 1.0))}, before.is_fit
    )
    old = combine(photos, share_of_all=share)[before.view.surface][kind]
    new = combine([*photos[:index], worse, *photos[index + 1 :]], share_of_all=share)[before.view.surface][
        kind
    ]
    assert new.agreed >= old.agreed - 1e-12
    assert new.of(worse.defects[kind]) >= old.of(before.defects[kind]) - 1e-12


@given(sets, st.randoms(use_true_random=False), chances)
def test_the_order_of_photos_changes_no_bit(photos, random, share):
    mixed = random.sample(photos, len(photos))
    assert combine(photos, share_of_all=share) == combine(mixed, share_of_all=share)


@given(sets, chances)
def test_what_all_say_is_never_surer_than_the_surest(photos, share):
    for of_kinds in combine(photos, share_of_all=share).values():
        assert all(0.0 <= chance.agreed <= chance.highest <= 1.0 for chance in of_kinds.values())
