"""Photos and the case get into the station page by every way an operator has, and out of it as they are."""

import json
from enum import StrEnum
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pydantic import TypeAdapter

from data.condition import MAX_PHOTOS
from data.device import DeviceClass, View
from data.rma import Channel, ReturnReason
from data.strict import Identifier, Name
from data.verification import (
    BatteryKind,
    BatterySign,
    FunctionalGrade,
    ListStatus,
    LockState,
    Outcome,
    SanitisationState,
    SealState,
)
from features.case.contract import PARTNERS, case_contract
from serving.http.openapi import describe_service
from tests.service.station.browser import Bench, decide, drop_files, paste_case, write_into_answers
from tests.service.station.station_case import case_for

IDENTIFIER, NAME = TypeAdapter(Identifier).json_schema(), TypeAdapter(Name).json_schema()
CODES: dict[str, type[StrEnum]] = {
    "rma.channel": Channel,
    "rma.reason": ReturnReason,
    "rma.device_class": DeviceClass,
    "verification.outcome": Outcome,
    "verification.battery_signs": BatterySign,
    "verification.lock": LockState,
    "verification.list_status": ListStatus,
    "verification.sanitisation": SanitisationState,
    "verification.functional": FunctionalGrade,
    "verification.seal": SealState,
    "verification.battery_kind": BatteryKind,
}


def test_every_code_of_the_vocabulary_can_be_chosen(station: Bench) -> None:
    for path, codes in CODES.items():
        choices = station.page.locator(f"[data-path='{path}']").locator("option, input")

        offered = choices.evaluate_all("all => all.map((one) => one.value).filter(Boolean)")

        assert set(offered) == set(codes), path


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


def test_what_was_not_known_when_scored_is_named_in_words(station: Bench) -> None:
    page = station.page
    needs = [need for group in case_contract().needs.values() for need in group]
    write_into_answers(
        page, {"fraud.missing_inputs": [*dict.fromkeys([*needs, *filter(None, PARTNERS.values())])]}
    )
    paste_case(page, case_for("RMA-MISSING"))
    decide(page)

    said = page.locator(".missing p").text_content() or ""

    assert said.count(",") > 25
    assert [sign for sign in ("_", ".", " id", " at,", "imei") if sign in said] == []


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


def test_a_photo_too_many_is_left_out_and_said(station: Bench, photos: list[Path]) -> None:
    page = station.page

    drop_files(page, [photos[0]] * (MAX_PHOTOS + 1))

    expect(page.locator(".tile")).to_have_count(MAX_PHOTOS)
    expect(page.locator("#photo-count")).to_have_text(f"{MAX_PHOTOS} photos of at most {MAX_PHOTOS}")
    expect(page.locator("#status")).to_contain_text(f"1 photo left out: a device takes at most {MAX_PHOTOS}.")


def test_the_tray_takes_as_many_photos_as_the_service_says(station: Bench, photos: list[Path]) -> None:
    page, description = station.page, describe_service()
    form = description["paths"]["/v1/decide"]["post"]["requestBody"]["content"]["multipart/form-data"]
    form["schema"]["properties"]["photos"] = {"maxItems": 2}
    page.route("**/docs.json", lambda route: route.fulfill(json=description))
    page.reload()
    page.wait_for_selector(".chip")

    drop_files(page, photos[:3])

    expect(page.locator(".tile")).to_have_count(2)
    expect(page.locator("#photo-count")).to_have_text("2 photos of at most 2")
    expect(page.locator("#status")).to_contain_text("a device takes at most 2.")


@pytest.mark.parametrize(
    ("path", "longest"),
    [
        ("rma.rma_id", IDENTIFIER["maxLength"]),
        ("verification.observed_serial", IDENTIFIER["maxLength"]),
        ("rma.sku", NAME["maxLength"]),
    ],
)
def test_a_field_takes_as_many_characters_as_the_service(station: Bench, path: str, longest: int) -> None:
    field = station.page.locator(f"[data-path='{path}']")

    field.press_sequentially("x" * (longest + 1))

    expect(field).to_have_value("x" * longest)


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
