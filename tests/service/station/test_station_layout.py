"""Nothing on the station page covers anything else, on a phone, a tablet and a desktop, light and dark."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from data.condition import MAX_PHOTOS
from serving.demo.returns import DemoReturn, shipped_returns
from tests.service.station.browser import bench, decide, drop_files, paste, paste_case, write_into_answers
from tests.service.station.looks import layout_faults, poor_contrast
from tests.service.station.station_case import case_for, make_finding

SIZES = {390: 844, 768: 1024, 1280: 900}
SCHEMES = ("light", "dark")

LONG_CODE = "W" * 64
LONG_TEXT = f"A sentence that goes on for longer than anybody planned, about {LONG_CODE}. " * 4
LARGE_AMOUNT = -12_345_678.9

Reach = Callable[[Page, list[Path]], None]


def leave_empty(page: Page, photos: list[Path]) -> None:
    expect(page.locator("#guide")).to_be_visible()


def fill_tray(page: Page, photos: list[Path]) -> None:
    """Put in as many photos as fit, one under a long name and one that the browser can't show."""
    long_name = photos[0].with_name(f"{LONG_CODE} front_on.jpg")
    unshown = photos[0].with_name("A long name that tells nothing about the photo.heic")
    long_name.write_bytes(photos[0].read_bytes())
    unshown.write_bytes(b"no browser shows this")
    drop_files(page, [long_name, unshown, *(photos * MAX_PHOTOS)[: MAX_PHOTOS - 1]])
    expect(page.locator(".no-preview")).to_be_visible()


def fill_case(page: Page, photos: list[Path]) -> None:
    paste_case(page, long_case())


def show_signs_and_hints(page: Page, photos: list[Path]) -> None:
    paste_case(page, case_for("RMA-HINTS"))
    page.fill("[data-path='verification.observed_imei']", "490154203237510")
    page.fill("[data-path='verification.observed_serial']", LONG_CODE)
    page.locator(".chip[data-code=swelling]").click()
    expect(page.locator("#stop-work")).to_be_visible()


def paste_broken_json(page: Page, photos: list[Path]) -> None:
    page.click("#photos-title")
    paste(page, f'{{"rma": {{"rma_id": "{LONG_CODE}"')
    expect(page.locator("#json-fault")).to_be_visible()


def refuse_case(page: Page, photos: list[Path]) -> None:
    case = long_case()
    case["rma"] |= {"channel": LONG_CODE, "requested_at": LONG_TEXT, "value": {"amount": "much"}}
    case["verification"] |= {"lock": "ajar", LONG_CODE: LONG_TEXT}
    paste_case(page, case)
    page.click("#decide")
    expect(page.locator("#case-problem .problem")).to_be_visible()


def refuse_photo(page: Page, photos: list[Path]) -> None:
    fake = photos[0].with_name(f"{LONG_CODE}.jpg")
    fake.write_text("this is no photo")
    drop_files(page, [photos[0], fake])
    paste_case(page, case_for("RMA-FAKE"))
    page.click("#decide")
    expect(page.locator("#photos-problem .problem")).to_be_visible()


def lose_service(page: Page, photos: list[Path]) -> None:
    paste_case(page, case_for("RMA-LOST"))
    page.route("**/v1/decide", lambda route: route.abort())
    page.click("#decide")
    expect(page.locator("#send-problem .problem")).to_be_visible()


def wait_for_answer(page: Page, photos: list[Path]) -> None:
    paste_case(page, case_for("RMA-SLOW"))
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    page.click("#decide")
    expect(page.locator("#decide")).to_have_text("Deciding …")


def show_long_answer(page: Page, photos: list[Path]) -> None:
    write_into_answers(page, long_answer())
    fill_and_decide(page, photos, long_case())


def point_at_finding(page: Page, photos: list[Path]) -> None:
    write_into_answers(page, long_answer())
    fill_and_decide(page, photos, case_for("RMA-POINT"))
    page.get_by_role("button", name="Enlarge").click()
    page.locator(".box").nth(1).focus()


def change_after_decision(page: Page, photos: list[Path]) -> None:
    fill_and_decide(page, photos, case_for("RMA-STALE"))
    page.fill("[data-path='rma.value.amount']", "1")
    expect(page.locator("#outdated")).to_be_visible()


def go_on(page: Page, photos: list[Path]) -> None:
    fill_and_decide(page, photos, case_for("RMA-NEXT"))
    page.click("#next-device")
    expect(page.locator("#bring-back")).to_be_visible()


def open_camera(page: Page, photos: list[Path]) -> None:
    page.click("#open-camera")
    expect(page.locator("#camera-shoot")).to_be_enabled()
    page.click("#camera-shoot")
    expect(page.locator("#camera-state")).not_to_be_empty()


STATES: dict[str, Reach] = {
    "empty": leave_empty,
    "as many photos as fit": fill_tray,
    "case of long values": fill_case,
    "signs and hints": show_signs_and_hints,
    "broken JSON": paste_broken_json,
    "case refused": refuse_case,
    "photo refused": refuse_photo,
    "service lost": lose_service,
    "deciding": wait_for_answer,
    "long answer": show_long_answer,
    "finding pointed at": point_at_finding,
    "changed after the decision": change_after_decision,
    "next device": go_on,
    "live camera": open_camera,
}


@pytest.mark.parametrize("reach", STATES.values(), ids=STATES.keys())
def test_nothing_covers_anything_in_any_state_of_the_page(
    browser: Browser, address: str, own_photos: list[Path], reach: Reach
) -> None:
    with bench(browser, address) as opened:
        reach(opened.page, own_photos)

        assert faults_at_all_sizes(opened.page) == []


@pytest.mark.parametrize("returned", shipped_returns(), ids=lambda returned: returned.case["rma"]["rma_id"])
def test_nothing_covers_anything_in_the_answer_to_any_demo_return(
    browser: Browser, address: str, returned: DemoReturn
) -> None:
    with bench(browser, address) as opened:
        page = opened.page
        drop_files(page, [photo.path for photo in returned.photos])
        paste_case(page, returned.case)
        decide(page)
        expect(page.locator(".verdict, .problem")).to_be_visible()

        assert faults_at_all_sizes(page) == []


@pytest.fixture
def own_photos(photos: list[Path], tmp_path: Path) -> list[Path]:
    """Give the drawn photos in a folder in which a test may put others beside them."""
    copies = [tmp_path / photo.name for photo in photos]
    for photo, copy in zip(photos, copies, strict=True):
        copy.write_bytes(photo.read_bytes())
    return copies


def fill_and_decide(page: Page, photos: list[Path], case: dict[str, Any]) -> None:
    drop_files(page, photos)
    paste_case(page, case)
    page.click("#decide")
    expect(page.locator(".verdict")).to_be_visible()


def faults_at_all_sizes(page: Page) -> list[str]:
    """Look at one state of the page in every size and scheme; resizing keeps the state."""
    faults = []
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found = layout_faults(page) + poor_contrast(page)
            faults += [f"{width} px, {scheme}: {fault}" for fault in found]
    return faults


def long_case() -> dict[str, Any]:
    """Return a case whose values are as long as the service takes them."""
    case = case_for(LONG_CODE)
    accessories = [f"{number} {'charger ' * 11}".strip() for number in range(5)]
    case["rma"] |= {
        "sku": "W" * 100,
        "expected_serial": LONG_CODE,
        "expected_accessories": accessories,
        "value": {"amount": 123_456.78, "currency": "CAD"},
    }
    case["verification"] |= {"observed_serial": f"{LONG_CODE[:-1]}V", "accessories": []}
    return case


def long_answer() -> dict[str, Any]:
    """Return parts of an answer with more and longer texts than any answer of today, by their paths."""
    ways = ["return_to_vendor", "refurbish", "restock", "repair", "donate", "recycle", "destroy"]
    values = [
        {"disposition": way, "amount": LARGE_AMOUNT + number, "currency": "CAD", "text": LONG_TEXT}
        for number, way in enumerate(ways)
    ]
    gate = {"state": "restricted", "text": LONG_TEXT, "rule": LONG_TEXT, "forbidden": ways}
    reason = {"code": "imei", "text": LONG_TEXT, "customer_text": LONG_TEXT, "contribution": -12.34}
    return {
        "disposition": "return_to_vendor",
        "destination": "secure_destruction",
        "decided_by": "value",
        "because": LONG_TEXT,
        "gates": [{"kind": kind, **gate} for kind in ("lock_and_list", "cross_border", "condition")],
        "expected_values": values,
        "runner_up": values[1],
        "next_steps": [LONG_TEXT, "Short."],
        "customer_text": LONG_TEXT,
        "fraud.reasons": [reason] * 3,
        "fraud.floors": [{"finding": "another_unit", "action": "review", "text": LONG_TEXT}] * 2,
        "fraud.missing_inputs": [LONG_CODE, "customer_return_rate"],
        "condition.abstain_reasons": [f"uncertain: {LONG_TEXT}"],
        "condition.deciding_limit": LONG_TEXT,
        "condition.defects": [
            make_finding("missing_part", 0, 0.97, (0.1, 0.2, 0.3, 0.1), severity="deep", area_mm2=1310.0),
            make_finding("coating_loss", 0, 0.66, (0.5, 0.02, 0.4, 0.09), severity="visible", length_mm=6.8),
        ],
    }  # fmt: skip
