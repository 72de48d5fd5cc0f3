"""The gate on framing: whether the device is there, whole, near and upright, and on the side asked for."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from data.condition import PhotoCode
from data.defect import DefectKind
from data.device import DeviceClass, View
from features.photo.perceptual_hash import take_imprint
from features.photo.photo import Frame, Photo, Region
from features.photo.quality import quality_limits
from serving.condition.framing import device_place, framing_codes, measure_framing, measure_lean
from serving.condition.inference import Prediction
from serving.condition.model import ConditionModel
from serving.condition.photo_gate import PhotoGate
from serving.condition.requested_sides import read_side_sure_from, seen_side, side_codes
from serving.condition.rulebook import Rulebook
from serving.release import BrokenRelease, open_release

WIDTH_PX, HEIGHT_PX = 900, 1200
THRESHOLD = 0.5
PHONE = ((200, 150), (700, 150), (700, 1192), (200, 1192))
GREY = Photo(Image.fromarray(np.full((HEIGHT_PX, WIDTH_PX, 3), 120, np.uint8)), WIDTH_PX, HEIGHT_PX)


@pytest.fixture(scope="module")
def rules():
    return Rulebook.read()


def seen(corners, *, view=View.FRONT_OFF, device_class=DeviceClass.PHONE, rows=120, columns=90):
    """Return what would be seen of a device with these corners, over a frame of the whole photo."""
    picture = Image.new("L", (columns * 8, rows * 8))
    scale = columns * 8 / WIDTH_PX, rows * 8 / HEIGHT_PX
    points = [(x * scale[0], y * scale[1]) for x, y in corners]
    ImageDraw.Draw(picture).polygon(points, fill=255)
    cells = np.asarray(picture.resize((columns, rows), Image.Resampling.BOX), np.float32) / 255.0
    chances = np.zeros((len(DefectKind) + 1, rows, columns), np.float32)
    chances[-1] = cells
    pixels = np.zeros((rows * 8, columns * 8, 3), np.uint8)
    frame = Frame(pixels, 0.0, 0.0, 1 / (columns * 8), 1 / (rows * 8))
    inside = np.argwhere(cells > 0.5)
    region = None
    if len(inside):
        (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
        region = Region(left / columns, top / rows, right / columns, bottom / rows)
    return Prediction(dict.fromkeys(DefectKind, 0.0), chances, frame, region, device_class, view)


def moved(corners, dx, dy):
    return tuple((x + dx, y + dy) for x, y in corners)


def scaled(corners, factor):
    return tuple((450 + (x - 450) * factor, 600 + (y - 600) * factor) for x, y in corners)


def codes(prediction, rules, view=View.FRONT_OFF, photo=GREY):
    size = rules.sizes.size_of(prediction.device_class, None)
    framing = measure_framing(
        prediction, photo, view, size, prediction.device_class, threshold=THRESHOLD, fill_min=0.88
    )
    return framing_codes(framing, view, quality_limits())


def test_a_whole_near_and_upright_device_has_no_code(rules):
    assert codes(seen(scaled(PHONE, 0.9)), rules) == ()


def test_an_empty_photo_shows_no_device(rules):
    assert codes(seen(((0, 0),) * 4), rules) == (PhotoCode.NO_DEVICE,)


@pytest.mark.parametrize(("threshold", "is_device"), [(0.5, False), (0.3, True)])
def test_the_threshold_of_the_release_says_what_is_device(rules, threshold, is_device):
    prediction = seen(scaled(PHONE, 0.9))
    faint = replace(prediction, map=prediction.map * 0.4)
    gate = PhotoGate(quality_limits(), rules, device_threshold=threshold)
    found = gate.codes(GREY, faint, View.FRONT_OFF, DeviceClass.PHONE)
    assert (PhotoCode.NO_DEVICE not in found) is is_device


def test_the_gate_of_a_model_asks_by_the_threshold_of_its_release():
    model = ConditionModel.open()
    assert model._gate.device_threshold == open_release("condition").manifest["device_threshold"]


@pytest.mark.parametrize("step", [(400, 0), (-400, 0), (0, 500), (0, -500)])
def test_a_device_that_leaves_the_picture_is_cut_off(rules, step):
    assert PhotoCode.CUT_OFF in codes(seen(moved(scaled(PHONE, 0.9), *step)), rules)


@pytest.mark.parametrize(("margin", "is_cut"), [(0, True), (4, False), (12, False)])
@pytest.mark.parametrize("turns", range(4))
def test_a_thin_margin_around_a_device_tells_that_it_is_whole(rules, margin, is_cut, turns):
    """The map can't show a strip thinner than its cells; the photo can."""
    pixels = GREY.pixels.copy()
    pixels[:margin], pixels[:, :200], pixels[:, 700:] = 250, 250, 250
    device = np.array([(200, -20), (700, -20), (700, 900), (200, 900)], float)
    for _ in range(turns):
        device = np.column_stack(
            [device[:, 1] * WIDTH_PX / HEIGHT_PX, HEIGHT_PX - device[:, 0] * HEIGHT_PX / WIDTH_PX]
        )
        pixels = np.asarray(
            Image.fromarray(np.rot90(pixels)).resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.NEAREST)
        )
    photo = Photo(Image.fromarray(pixels), WIDTH_PX, HEIGHT_PX)
    found = codes(seen([tuple(corner) for corner in device]), rules, photo=photo)
    assert (PhotoCode.CUT_OFF in found) is is_cut


@pytest.mark.parametrize(("gap_px", "is_cut"), [(0, True), (15, True), (60, False)])
def test_a_map_that_ends_just_before_the_border_is_cut_off_where_the_photo_runs_on(rules, gap_px, is_cut):
    device = ((200, gap_px), (700, gap_px), (700, 900), (200, 900))
    assert (PhotoCode.CUT_OFF in codes(seen(device), rules)) is is_cut


def test_a_label_may_fill_the_picture(rules):
    near = seen(scaled(PHONE, 2.0), view=View.LABEL)
    assert PhotoCode.CUT_OFF in codes(near, rules)
    assert PhotoCode.CUT_OFF not in codes(near, rules, View.LABEL)


@pytest.mark.parametrize(("factor", "is_far"), [(0.8, False), (0.5, False), (0.2, True), (0.1, True)])
def test_a_device_that_fills_too_little_is_too_far(rules, factor, is_far):
    assert (PhotoCode.TOO_FAR in codes(seen(scaled(PHONE, factor)), rules)) is is_far


def tilted(degrees, *, distance=2.5):
    """Return the corners of a phone tilted about its shorter axis, seen from `distance` times its height."""
    height, width = 1000.0, 480.0
    turn = np.radians(degrees)
    far = distance * height
    corners = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        depth = far + y * height / 2 * np.sin(turn)
        corners.append((450 + x * width / 2 * far / depth, 600 + y * height / 2 * np.cos(turn) * far / depth))
    return tuple(corners)


@pytest.mark.parametrize(("degrees", "is_tilted"), [(0, False), (15, False), (30, False), (60, True)])
def test_a_device_seen_from_the_side_is_tilted(rules, degrees, is_tilted):
    assert (PhotoCode.TILTED in codes(seen(tilted(degrees)), rules)) is is_tilted


def test_the_lean_follows_the_tilt(rules):
    size = rules.sizes.size_of(DeviceClass.PHONE, None)
    found = [
        measure_lean(seen(tilted(d)), WIDTH_PX, HEIGHT_PX, size, threshold=THRESHOLD, fill_min=0.88)
        for d in (0, 25, 45, 60)
    ]
    leans = [lean for lean in found if lean]
    assert len(leans) == len(found)
    shares = [lean.foreshortening for lean in leans]
    assert shares == sorted(shares, reverse=True)
    assert [lean.keystone for lean in leans] == sorted((lean.keystone for lean in leans), reverse=True)


@pytest.mark.parametrize(
    ("view", "device_class"),
    [
        (View.FRONT_ON, DeviceClass.LAPTOP),
        (View.EDGE, DeviceClass.PHONE),
        (View.UNKNOWN, DeviceClass.PHONE),
        (View.FRONT_OFF, None),
    ],
)
def test_what_is_no_known_rectangle_does_not_lean(rules, view, device_class):
    size = rules.sizes.size_of(device_class, None)
    framing = measure_framing(
        seen(tilted(60)), GREY, view, size, device_class, threshold=THRESHOLD, fill_min=0.88
    )
    assert framing.lean is None


def test_the_place_of_the_device_is_that_of_the_photo():
    prediction = seen(scaled(PHONE, 0.9), rows=96, columns=144)
    place = device_place(prediction, WIDTH_PX, HEIGHT_PX, threshold=THRESHOLD)
    assert place is not None
    rows, columns = np.nonzero(place)
    left, right = columns.min() / place.shape[1], (columns.max() + 1) / place.shape[1]
    assert left == pytest.approx(prediction.region.left, abs=0.02)
    assert right == pytest.approx(prediction.region.right, abs=0.02)
    assert rows.mean() / place.shape[0] == pytest.approx(0.57, abs=0.03)


FRONT, BACK, EDGE = (seen(scaled(PHONE, 0.9), view=view) for view in (View.FRONT_OFF, View.BACK, View.EDGE))


@pytest.mark.parametrize(
    ("asked", "prediction", "is_wrong"),
    [
        (View.FRONT_OFF, FRONT, False),
        (View.FRONT_RAKING, FRONT, False),
        (View.FRONT_ON, FRONT, False),
        (View.BACK, FRONT, True),
        (View.FRONT_ON, BACK, True),
        (View.LEFT, EDGE, False),
        (View.LEFT, FRONT, True),
        (View.LABEL, BACK, False),
        (View.UNKNOWN, BACK, False),
    ],
)
def test_another_side_than_asked_is_wrong(asked, prediction, is_wrong):
    [codes] = side_codes([asked], [prediction])
    assert codes == ((PhotoCode.WRONG_SIDE,) if is_wrong else ())


def test_one_side_twice_where_another_was_asked_is_named_in_any_order():
    found = side_codes([View.FRONT_OFF, View.BACK], [FRONT, FRONT])
    assert found == [(), (PhotoCode.WRONG_SIDE, PhotoCode.DUPLICATE_VIEW)]
    assert side_codes([View.BACK, View.FRONT_OFF], [FRONT, FRONT]) == found[::-1]


def test_both_sides_as_asked_are_right():
    assert side_codes([View.FRONT_OFF, View.BACK], [FRONT, BACK]) == [(), ()]


def taken_for(view, chance, *, rest=View.LABEL):
    """Return a prediction that sees a view with this probability, and another one with what is left."""
    chances = {
        **dict.fromkeys((View.FRONT_OFF, View.FRONT_ON, View.BACK, View.EDGE), 0.0),
        rest: 1.0 - chance,
    }
    return replace(FRONT, view=view, view_chances={**chances, view: chance})


@pytest.mark.parametrize(
    ("chance", "sure_from", "is_wrong"),
    [
        (0.9, 0.95, False),
        (0.95, 0.95, True),
        (0.99, 0.95, True),
        (0.4, 0.0, True),
        (1.0, np.nextafter(1.0, 2.0), False),
        # What no release says, and what nobody knows, makes nothing more lenient.
        (0.4, None, True),
        (None, 0.95, True),
    ],
)
def test_the_side_that_is_named_is_believed_unless_the_network_is_sure(chance, sure_from, is_wrong):
    seen_as = FRONT if chance is None else taken_for(View.FRONT_OFF, chance)
    [codes] = side_codes([View.BACK], [seen_as], sure_from=sure_from)
    assert codes == ((PhotoCode.WRONG_SIDE,) if is_wrong else ())


def test_how_sure_a_side_is_counts_all_views_of_it():
    both = taken_for(View.FRONT_OFF, 0.6, rest=View.FRONT_ON)
    half = taken_for(View.FRONT_OFF, 0.6, rest=View.BACK)
    of_both, of_half = (seen.chance if seen else None for seen in (seen_side(both), seen_side(half)))
    assert of_both == pytest.approx(1.0)
    assert of_both is not None
    assert of_both <= 1.0
    assert of_half == pytest.approx(0.6)
    assert side_codes([View.BACK], [both], sure_from=0.9) == [(PhotoCode.WRONG_SIDE,)]


def test_a_side_seen_twice_is_told_only_where_the_network_is_sure_of_it():
    asked = [View.FRONT_OFF, View.BACK]
    for chance, codes in ((0.99, (PhotoCode.WRONG_SIDE, PhotoCode.DUPLICATE_VIEW)), (0.8, ())):
        photos = [taken_for(View.FRONT_OFF, 0.8), taken_for(View.FRONT_OFF, chance)]
        assert side_codes(asked, photos, sure_from=0.95) == [(), codes]


@pytest.mark.parametrize(("sure_from", "is_wrong"), [(None, True), (0.7, True), (0.9, False)])
def test_the_gate_believes_the_side_that_is_named_as_its_release_says(rules, sure_from, is_wrong):
    manifest = {"metrics": {"heads": {"view, drawn": {"share": 0.99}}}}
    stated = {} if sure_from is None else {"side_sure_from": sure_from}
    gate = PhotoGate.of(manifest | stated, rules, device_threshold=THRESHOLD)
    imprint = take_imprint(GREY.image)
    codes = gate.set_codes([GREY], [taken_for(View.FRONT_OFF, 0.8)], [View.BACK], [imprint], ["a"])
    assert codes == [(PhotoCode.WRONG_SIDE,) if is_wrong else ()]


def test_model_8_holds_any_other_side_against_a_photo_and_the_champion_one_it_is_sure_of():
    older, champion = open_release("condition", version="8"), open_release("condition")
    assert read_side_sure_from(older.manifest) is None
    assert ConditionModel.open(older)._gate.side_sure_from is None
    assert 0.5 < (ConditionModel.open(champion)._gate.side_sure_from or 0.0) < 1.0


@pytest.mark.parametrize("stated", ["0.9", True, -0.1, float("nan"), float("inf"), [0.9]])
def test_a_release_that_is_sure_from_no_number_does_not_open(rules, stated):
    with pytest.raises(BrokenRelease, match="side_sure_from"):
        PhotoGate.of({"side_sure_from": stated}, rules, device_threshold=THRESHOLD)


@pytest.mark.parametrize(("share", "is_known"), [(0.97, True), (0.4, False), (None, False)])
def test_a_release_that_names_views_badly_holds_none_against_a_photo(rules, share, is_known):
    heads = {"view, drawn": {"share": share}, "device class, drawn": {"share": share}}
    gate = PhotoGate.of({"metrics": {"heads": heads}}, rules, device_threshold=THRESHOLD)
    assert (gate.knows_view, gate.knows_class) == (is_known, is_known)
    photos = [Photo(Image.fromarray(np.full((60, 50, 3), level, np.uint8)), 900, 1200) for level in (40, 200)]
    imprints = [take_imprint(photo.image) for photo in photos]
    codes = gate.set_codes(photos, [FRONT, FRONT], [View.FRONT_OFF, View.BACK], imprints, ["a", "b"])
    wrong = (PhotoCode.WRONG_SIDE, PhotoCode.DUPLICATE_VIEW) if is_known else ()
    assert [set(code) - {PhotoCode.DUPLICATE} for code in codes] == [set(), set(wrong)]


def test_a_release_without_figures_is_not_trusted(rules):
    gate = PhotoGate.of({}, rules, device_threshold=THRESHOLD)
    assert not gate.knows_view
    assert not gate.knows_class


@pytest.mark.parametrize(("asked", "is_refused"), [(View.UNKNOWN, True), (View.FRONT_ON, False)])
def test_a_photo_of_an_unknown_side_may_be_no_brighter_than_one_of_a_screen_that_is_off(
    rules, asked, is_refused
):
    """Where neither the caller nor a good enough model says what a photo shows, the stricter limit holds."""
    gate = PhotoGate.of({}, rules, device_threshold=THRESHOLD)
    pixels = np.full((HEIGHT_PX, WIDTH_PX, 3), 120, np.uint8)
    pixels[200:1100, 250:650] = 255
    bright = Photo(Image.fromarray(pixels), WIDTH_PX, HEIGHT_PX)
    found = gate.codes(bright, seen(PHONE), asked, DeviceClass.PHONE)
    assert (PhotoCode.TOO_BRIGHT in found) is is_refused


def test_a_release_whose_answers_nobody_measured_is_told_of_at_start(rules):
    assert [note.split("'")[1] for note in PhotoGate.of({}, rules, device_threshold=THRESHOLD).notes] == [
        "view, drawn",
        "device class, drawn",
    ]
    heads = {"view, drawn": {"share": 0.2}, "device class, drawn": {"share": 0.99}}
    assert PhotoGate.of({"metrics": {"heads": heads}}, rules, device_threshold=THRESHOLD).notes == ()
