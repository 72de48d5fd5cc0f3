"""An operator opens the station page in Chromium, sends a return to the real service and reads the answer."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from data.defect import Grade
from tests.service.station.browser import Bench, decide, drop_files, paste_case, write_findings_into_answers
from tests.service.station.station_case import case_for, make_finding
from tests.serving.photo_proof.labels import jpeg, label, with_labels

# Strongest first, as the page lists them; box is left, top, width and height as fractions of the photo.
FINDINGS: list[dict[str, Any]] = [
    make_finding("crack", 0, 0.97, (0.42, 0.18, 0.30, 0.34), severity="deep", length_mm=61.2, area_mm2=310.0),
    make_finding("scratch", 0, 0.66, (0.10, 0.62, 0.22, 0.09), severity="visible", length_mm=6.8),
    make_finding("dent", 1, 0.41, (0.05, 0.03, 0.12, 0.10), severity="visible"),
]


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


def test_the_crack_of_the_drawn_phone_is_boxed_on_its_photo(station: Bench, photos: list[Path]) -> None:
    page = station.page
    drop_files(page, photos[:1])
    paste_case(page, case_for("RMA-CRACK"))

    found = decide(page)["condition"]["defects"]

    assert "crack" in {one["kind"] for one in found}
    expect(page.locator(".box")).to_have_count(len(found))
    expect(page.locator(".box[data-kind=crack]").first).to_be_visible()


def test_every_finding_has_a_box_where_the_service_saw_it(station: Bench, photos: list[Path]) -> None:
    page = station.page
    write_findings_into_answers(page, FINDINGS)
    drop_files(page, photos)
    paste_case(page, case_for("RMA-BOXES"))
    decide(page)

    for index in range(2):
        page.locator(".thumb").nth(index).click()
        found = [one for one in FINDINGS if one["photo"] == index]
        expect(page.locator(".box")).to_have_count(len(found))
        for number, finding in enumerate(found):
            assert place_of_box(page, number) == pytest.approx(list(finding["box"].values()), abs=0.01)


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
    write_findings_into_answers(page, FINDINGS)
    drop_files(page, photos)
    paste_case(page, case_for("RMA-DETAILS"))
    decide(page)

    page.locator(".box").first.focus()

    expect(page.locator(".box").first.locator(".tag")).to_have_text(
        "1 Crack 97 %, deep, 61.2 mm long, 310 mm²"
    )
    expect(page.locator(".findings li").first).to_have_class("is-lit")


def test_a_photo_can_be_enlarged_and_its_boxes_grow_with_it(station: Bench, photos: list[Path]) -> None:
    page = station.page
    write_findings_into_answers(page, FINDINGS)
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


def test_numbers_that_were_read_in_photos_are_told(
    station: Bench, photos: list[Path], tmp_path: Path
) -> None:
    body = tmp_path / "label.jpg"
    body.write_bytes(jpeg(with_labels(label("353270071234563")), "2020:05:01 10:00:00"))
    case = case_for("RMA-LABEL")
    case["rma"] |= {"expected_imei": "356938035643809", "ordered_at": "2026-01-05T09:00:00Z"}
    page = station.page
    drop_files(page, [*photos[:1], body])
    paste_case(page, case)

    proof = decide(page)["photo_proof"]

    panel = page.locator(".panel", has_text="Read in the photos")
    expect(panel.locator("li")).to_contain_text("IMEI 353270071234563")
    expect(panel.locator(".fraud-floor")).to_have_count(len(proof["suspicions"]))
    expect(panel).to_contain_text("taken at 2020-05-01")
    assert station.all_complaints() == []
