"""An operator opens the station page in Chromium, sends a return to the real service and reads the answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Bench, bench, chromium, drop_files, paste
from playwright.sync_api import Browser, Page, Route, expect
from station_case import case_for, write_photos

from data.defect import Grade
from data.device import View
from data.verification import Outcome


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def station(browser: Browser, service: str) -> Iterator[Bench]:
    with bench(browser, service) as opened:
        yield opened
        assert opened.all_complaints() == []


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_photos(tmp_path_factory.mktemp("photos"))


def decide(page: Page) -> dict[str, Any]:
    """Press Decide and return what the service answered."""
    with page.expect_response("**/v1/decide") as answered:
        page.click("#decide")
    return dict(answered.value.json())


def paste_case(page: Page, case: dict[str, Any]) -> None:
    page.click("#photos-title")
    paste(page, json.dumps(case, indent=2))
    expect(page.locator("#working-on")).to_have_text(case["rma"]["rma_id"])


def what_decided(answer: dict[str, Any]) -> str:
    """Return the citation of the gate that decided, or the comparison of values that did."""
    kind = str(answer["decided_by"]).removeprefix("gate:")
    return next((gate["rule"] for gate in answer["gates"] if gate["kind"] == kind), answer["because"])


def test_dropped_photos_and_a_pasted_case_come_back_as_a_whole_decision(
    station: Bench, photos: list[Path]
) -> None:
    page = station.page
    drop_files(page, photos)
    paste_case(page, case_for("RMA-WHOLE"))

    answer = decide(page)

    condition = answer["condition"]
    expect(page.locator(".grade-letter")).to_have_text(condition["grade"] or "–")
    expect(page.locator(".disposition")).to_have_attribute("data-disposition", answer["disposition"])
    expect(page.locator(".decider")).to_contain_text(what_decided(answer))
    expect(page.locator(".step")).to_have_count(len(answer["next_steps"]))
    expect(page.locator(".step").first).to_have_text(answer["next_steps"][0])
    expect(page.locator(".reason-text")).to_have_text(
        [reason["text"] for reason in answer["fraud"]["reasons"]]
    )
    expect(page.locator(".gate")).to_have_count(len(answer["gates"]))
    expect(page.locator(".values li")).to_have_count(len(answer["expected_values"]))
    expect(page.locator(".thumb")).to_have_count(len(photos))
    expect(page.locator("#status")).to_contain_text(
        "Grade" if condition["grade"] in list(Grade) else "No grade"
    )
    expect(page.locator("#answer")).to_be_focused()


def test_every_finding_has_a_box_where_the_service_saw_it(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos)
    paste_case(page, case_for("RMA-BOXES"))

    condition = decide(page)["condition"]

    assert condition["defects"], "the drawn cracked phone must show at least one finding"
    for photo in condition["photos"]:
        page.locator(".thumb").nth(photo["index"]).click()
        found = [one for one in condition["defects"] if one["photo"] == photo["index"]]
        found.sort(key=lambda one: -one["probability"])
        expect(page.locator(".box")).to_have_count(len(found))
        for number, finding in enumerate(found):
            assert place_of_box(page, number) == pytest.approx(
                [finding["box"][edge] for edge in ("left", "top", "width", "height")], abs=0.02
            )


def place_of_box(page: Page, number: int) -> list[float]:
    """Measure a drawn box in fractions of its photo; a box smaller than a fingertip may be drawn larger."""
    frame = page.locator(".frame img").bounding_box()
    box = page.locator(".box").nth(number).bounding_box()
    assert frame is not None
    assert box is not None
    return [
        (box["x"] - frame["x"]) / frame["width"],
        (box["y"] - frame["y"]) / frame["height"],
        box["width"] / frame["width"],
        box["height"] / frame["height"],
    ]


def test_pointing_at_a_box_tells_its_details(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos)
    paste_case(page, case_for("RMA-DETAILS"))
    defects = decide(page)["condition"]["defects"]
    assert defects, "the drawn cracked phone must show at least one finding"

    page.locator(".box").first.focus()

    strongest = max(defects, key=lambda one: one["probability"])
    expect(page.locator(".box").first.locator(".tag-extra").last).to_be_visible()
    expect(page.locator(".box").first).to_contain_text(strongest["severity"])
    expect(page.locator(".findings li").first).to_have_class("is-lit")


def test_a_photo_can_be_enlarged_and_its_boxes_grow_with_it(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos)
    paste_case(page, case_for("RMA-LARGE"))
    decide(page)
    before = place_of_box(page, 0)
    small = page.locator(".frame img").bounding_box()

    page.get_by_role("button", name="Enlarge").click()

    large = page.locator(".frame img").bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] > small["width"]
    assert place_of_box(page, 0) == pytest.approx(before, abs=0.02)


def test_a_bad_case_is_explained_beside_its_field_and_nothing_typed_is_lost(
    station: Bench, photos: list[Path]
) -> None:
    page = station.page
    bad = case_for("RMA-BAD")
    bad["rma"]["channel"] = "telepathy"
    drop_files(page, photos)
    paste_case(page, bad)

    problem = decide(page)

    box = page.locator("#case-problem .problem")
    expect(box).to_contain_text(problem["title"])
    expect(box).to_contain_text("telepathy")
    channel = page.locator("[data-path='rma.channel']")
    expect(channel).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#fault-rma-channel")).to_contain_text("telepathy")
    expect(channel).to_have_value("telepathy")
    expect(page.locator("[data-path='rma.rma_id']")).to_have_value("RMA-BAD")
    expect(page.locator(".tile")).to_have_count(len(photos))


def test_an_empty_form_is_refused_with_the_needed_fields_named(station: Bench) -> None:
    page = station.page

    page.click("#decide")

    for path in (
        "rma.rma_id",
        "rma.channel",
        "rma.requested_at",
        "rma.device_class",
        "rma.sku",
        "rma.value.amount",
    ):
        expect(page.locator(f"[data-path='{path}']")).to_have_attribute("aria-invalid", "true")


def test_a_file_that_is_no_photo_is_explained_beside_the_photos(
    station: Bench, photos: list[Path], tmp_path: Path
) -> None:
    page = station.page
    fake = tmp_path / "back.jpg"
    fake.write_text("this is no photo")
    drop_files(page, [photos[0], fake])
    paste_case(page, case_for("RMA-FAKE"))

    problem = decide(page)

    expect(page.locator("#photos-problem .problem")).to_contain_text(problem["title"])
    expect(page.locator(".tile")).to_have_count(2)


def test_a_battery_sign_is_shown_before_and_after_the_decision(station: Bench) -> None:
    page = station.page
    paste_case(page, case_for("RMA-HOT"))

    page.locator("[data-path='verification.battery_signs'] .chip[data-code=swelling]").click()
    expect(page.locator("#stop-work")).to_be_visible()
    answer = decide(page)

    assert answer["disposition"] == "quarantine"
    expect(page.locator(".hazard")).to_be_in_viewport()
    expect(page.locator(".hazard")).to_contain_text("Battery hazard")


def test_a_found_sign_and_none_seen_exclude_each_other(station: Bench) -> None:
    page = station.page
    chips = page.locator("[data-path='verification.battery_signs']")

    chips.locator(".chip[data-code=leak]").click()
    chips.locator(".chip[data-code=none_seen]").click()

    assert json.loads(page.input_value("#case-json"))["verification"]["battery_signs"] == ["none_seen"]


def test_the_form_and_the_json_stay_in_step(station: Bench) -> None:
    page = station.page
    page.click("#json-details summary")
    page.fill("[data-path='rma.rma_id']", "RMA-7")
    page.fill("[data-path='rma.value.amount']", "649.50")
    page.fill("[data-path='verification.accessories']", "none")
    page.locator("[data-path='verification.lock'] .chip[data-code=on]").click()

    case = json.loads(page.input_value("#case-json"))
    assert case == {
        "rma": {"rma_id": "RMA-7", "value": {"amount": 649.5}},
        "verification": {"accessories": [], "lock": "on"},
    }

    case["rma"]["sku"] = "PX-9"
    case["verification"]["lock"] = "off"
    page.fill("#case-json", json.dumps(case))
    expect(page.locator("[data-path='rma.sku']")).to_have_value("PX-9")
    expect(page.locator("[data-path='verification.lock'] input[value=off]")).to_be_checked()


def test_broken_json_keeps_the_text_and_the_form_waits(station: Bench) -> None:
    page = station.page
    page.click("#json-details summary")
    page.fill("#case-json", '{"rma": {"rma_id": "RMA-8"}}')
    page.fill("#case-json", '{"rma": {"rma_id": "RMA-8"')

    expect(page.locator("#json-fault")).to_be_visible()
    expect(page.locator("[data-path='rma.rma_id']")).to_be_disabled()
    page.click("#discard-json")
    expect(page.locator("[data-path='rma.rma_id']")).to_have_value("RMA-8")


def test_parts_of_a_pasted_case_that_the_form_does_not_show_are_still_sent(station: Bench) -> None:
    page = station.page
    case = case_for("RMA-SCANS")
    case["scans"] = [{"code": "picked_up", "time": "2026-02-02T10:00:00Z"}]
    paste_case(page, case)
    page.fill("[data-path='rma.sku']", "PX-9-CORRECTED")

    with page.expect_request("**/v1/decide") as asked:
        page.click("#decide")

    body = asked.value.post_data_buffer or b""
    assert b"picked_up" in body
    assert b"PX-9-CORRECTED" in body


def test_what_the_bench_finds_is_not_later_than_the_moment_of_a_pasted_case(station: Bench) -> None:
    page = station.page
    case = case_for("RMA-LATE")
    paste_case(page, case)

    page.locator("[data-path='verification.outcome'] .chip[data-code=empty]").click()

    typed = json.loads(page.input_value("#case-json"))
    assert typed["verification"]["outcome"] == Outcome.EMPTY
    assert "as_of" not in typed
    assert "verified_at" not in typed["verification"]


def test_sending_again_after_a_lost_answer_keeps_the_key_and_a_change_renews_it(station: Bench) -> None:
    page = station.page
    keys: list[str] = []

    def note_and_lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        route.abort()

    page.route("**/v1/decide", note_and_lose)
    paste_case(page, case_for("RMA-LOST"))
    for _ in range(2):
        page.click("#decide")
        expect(page.locator("#send-problem .problem")).to_contain_text("did not answer")
    page.fill("[data-path='rma.sku']", "OTHER")
    page.click("#decide")
    expect(page.locator("#status")).to_contain_text("Not decided")

    assert keys[0] == keys[1]
    assert keys[2] != keys[0]
    expect(page.locator("[data-path='rma.rma_id']")).to_have_value("RMA-LOST")


def test_a_change_after_the_decision_marks_it_as_outdated(station: Bench) -> None:
    page = station.page
    paste_case(page, case_for("RMA-STALE"))
    decide(page)
    expect(page.locator("#outdated")).to_be_hidden()

    page.fill("[data-path='rma.value.amount']", "1")

    expect(page.locator("#outdated")).to_be_visible()


def test_next_device_clears_everything_and_can_be_taken_back(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos)
    paste_case(page, case_for("RMA-NEXT"))
    decide(page)
    expect(page.locator(".verdict")).to_be_visible()

    page.click("#next-device")

    expect(page.locator(".verdict")).to_have_count(0)
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.locator("#case-json")).to_have_value("")
    expect(page.locator("[data-path='rma.rma_id']")).to_have_value("")
    page.click("#bring-back")
    expect(page.locator("[data-path='rma.rma_id']")).to_have_value("RMA-NEXT")
    expect(page.locator(".tile")).to_have_count(len(photos))


def test_words_of_a_case_are_never_read_as_markup(station: Bench) -> None:
    page = station.page
    hostile = "<img/src=x/onerror=document.title='owned'>"
    paste_case(page, case_for(hostile))

    decide(page)

    expect(page.locator(".eyebrow")).to_have_text(hostile)
    assert page.title() == "Regrade station"


def test_each_photo_is_sent_with_its_view(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos)
    page.locator(".tile select").nth(2).select_option(View.LEFT)
    paste_case(page, case_for("RMA-VIEWS"))

    condition = decide(page)["condition"]

    assert [photo["view"] for photo in condition["photos"]] == [View.FRONT_OFF, View.BACK, View.LEFT]


def test_a_view_is_read_from_the_file_name_or_chosen(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos)

    views = page.locator(".tile select")
    expect(views.nth(0)).to_have_value(View.FRONT_OFF)
    expect(views.nth(2)).to_have_value(View.UNKNOWN)
    views.nth(2).select_option(View.LEFT)

    expect(page.get_by_role("button", name="Add Left")).to_have_count(0)
    expect(page.get_by_role("button", name="Add Right")).to_have_count(1)
    assert set(views.nth(0).locator("option").evaluate_all("all => all.map((one) => one.value)")) == set(View)


def test_a_thirteenth_photo_is_left_out_and_said(station: Bench, photos: list[Path]) -> None:
    page = station.page

    drop_files(page, [photos[0]] * 13)

    expect(page.locator(".tile")).to_have_count(12)
    expect(page.locator("#status")).to_contain_text("1 photo left out")


def test_the_live_camera_takes_one_missing_view_after_the_other(station: Bench) -> None:
    page = station.page
    page.click("#open-camera")
    expect(page.locator("#camera-shoot")).to_be_enabled()

    for number in (1, 2):
        page.click("#camera-shoot")
        expect(page.locator(".tile")).to_have_count(number)
    page.click("#camera-close")

    views = page.locator(".tile select").evaluate_all("all => all.map((one) => one.value)")
    assert views == [View.FRONT_OFF, View.FRONT_ON]
