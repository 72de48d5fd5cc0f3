"""The station page works without a mouse, at a glance, on a tablet and in the dark."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service.station.browser import bench, drop_files, paste_case, tab_to
from tests.service.station.looks import poor_contrast
from tests.service.station.station_case import case_for

SIZES = {"tablet upright": (768, 1024), "tablet lying": (1024, 768), "desktop": (1440, 900)}
SMALLEST_TARGET_PX = 44
NAMELESS = re.compile(
    r"^ *- (?:button|textbox|combobox|checkbox|radio|spinbutton)(?::| \[|$).*$", re.MULTILINE
)

# A box over a photo is as large as the finding; its row in the list beside it is the target that fits.
SMALL_TARGETS = """
(smallest) => [...document.querySelectorAll("button, select, summary, .chip, .file-button, .field input")]
  .filter((node) => node.checkVisibility() && !node.matches(".box"))
  .filter((node) => node.getBoundingClientRect().height < smallest)
  .map((node) => node.outerHTML.slice(0, 80))
"""


def send_return(page: Page, photos: list[Path], rma_id: str) -> None:
    drop_files(page, photos)
    paste_case(page, case_for(rma_id))
    page.click("#decide")
    expect(page.locator(".verdict")).to_be_visible()


def test_a_whole_return_needs_no_mouse(browser: Browser, address: str, photos: list[Path]) -> None:
    with bench(browser, address) as opened:
        page = opened.page
        choose_photos_by_keyboard(page, photos)
        fill_in_by_keyboard(page)

        page.keyboard.press("Control+Enter")

        expect(page.locator(".eyebrow")).to_have_text("RMA-KEYS")
        expect(page.locator("#answer")).to_be_focused()
        tab_to(page, ".step input")
        page.keyboard.press("Space")
        expect(page.locator(".step input").first).to_be_checked()
        tab_to(page, ".thumb")
        tab_to(page, "#next-device")
        page.keyboard.press("Enter")
        expect(page.locator(".tile")).to_have_count(0)
        assert opened.all_complaints() == []


def choose_photos_by_keyboard(page: Page, photos: list[Path]) -> None:
    # Listening from the start: Playwright takes the chooser over some time after it is asked to.
    page.once("filechooser", lambda chooser: chooser.set_files([str(path) for path in photos]))
    tab_to(page, "#choose-photos")
    page.keyboard.press("Space")
    expect(page.locator(".tile")).to_have_count(len(photos))


def fill_in_by_keyboard(page: Page) -> None:
    """Type as a scanner and a hand do: Enter goes on to the next field."""
    tab_to(page, "[data-path='rma.rma_id']")
    page.keyboard.type("RMA-KEYS")
    page.keyboard.press("Enter")
    expect(page.locator("[data-path='rma.requested_at']")).to_be_focused()
    page.keyboard.type("01022026")
    tab_to(page, "[data-path='rma.channel']")
    page.keyboard.press("R")
    tab_to(page, "[data-path='rma.device_class']")
    page.keyboard.press("P")
    tab_to(page, "[data-path='rma.sku']")
    page.keyboard.type("PX-9")
    page.keyboard.press("Enter")
    page.keyboard.type("649")
    page.keyboard.press("Enter")
    page.keyboard.type("cad")
    tab_to(page, "[data-path='verification.outcome'] input")
    page.keyboard.press("Space")


def test_enter_after_a_scanned_code_sends_nothing(browser: Browser, address: str) -> None:
    with bench(browser, address) as opened:
        page = opened.page
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        page.focus("[data-path='rma.rma_id']")

        page.keyboard.type("RMA-SCANNED\n")

        expect(page.locator("[data-path='rma.requested_at']")).to_be_focused()
        assert [url for url in sent if url.endswith("/v1/decide")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(
    browser: Browser, address: str, photos: list[Path], scheme: str
) -> None:
    with bench(browser, address, scheme=scheme) as opened:
        page = opened.page
        assert poor_contrast(page) == [], "empty"
        page.click("#decide")
        expect(page.locator(".problem")).to_be_visible()
        assert poor_contrast(page) == [], "refused"
        send_return(page, photos, "RMA-CONTRAST")
        assert poor_contrast(page) == [], "answered"
        page.locator("[data-path='verification.battery_signs'] .chip[data-code=heat]").click()
        page.click("#decide")
        expect(page.locator(".hazard")).to_be_visible()
        assert poor_contrast(page) == [], "hazard"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_nothing_is_cut_off_and_every_target_fits_a_gloved_finger(
    browser: Browser, address: str, photos: list[Path], size: tuple[int, int]
) -> None:
    with bench(browser, address, width=size[0], height=size[1]) as opened:
        page = opened.page
        send_return(page, photos, "RMA-SIZE")

        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate(SMALL_TARGETS, SMALLEST_TARGET_PX) == []
        expect(page.locator(".disposition")).to_be_in_viewport()
        expect(page.locator("#next-device")).to_be_in_viewport()


def test_every_control_has_a_name(browser: Browser, address: str, photos: list[Path]) -> None:
    with bench(browser, address) as opened:
        page = opened.page
        send_return(page, photos, "RMA-NAMES")

        tree = page.locator("body").aria_snapshot()

        assert "combobox" in tree
        assert NAMELESS.findall(tree) == []


def test_the_page_is_served_under_a_strict_content_policy(address: str) -> None:
    answer = httpx.get(f"{address}/station", follow_redirects=True)

    policy = answer.headers["content-security-policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
    assert directives["default-src"] in {"'self'", "'none'"}
    assert directives.get("script-src", "'self'") == "'self'"
    assert "unsafe" not in policy


def test_the_page_asks_no_other_host(browser: Browser, address: str, photos: list[Path]) -> None:
    asked: list[str] = []
    with bench(browser, address) as opened:
        opened.page.on("request", lambda request: asked.append(request.url))
        opened.page.reload()
        opened.page.wait_for_selector(".chip")
        send_return(opened.page, photos, "RMA-HOSTS")

    assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []
    assert len(asked) > 5
