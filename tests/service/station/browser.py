"""Open the station page in real Chromium and watch it for errors."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Bench:
    """One opened station page, and what the browser complained about since."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def note_console(self, message: ConsoleMessage) -> None:
        # Chromium logs every 4xx answer as an error of the console; a refused case is no fault of the page.
        is_refusal = "Failed to load resource" in message.text and "/v1/decide" in message.location["url"]
        if message.type in {"error", "warning"} and not is_refusal:
            self.complaints.append(f"{message.type}: {message.text}")

    def all_complaints(self) -> list[str]:
        return self.complaints + list(self.page.evaluate("window.violations"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; without one skip the test, or fail it where CI=true says that everything must run."""
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None:
        message = f"no Chromium on this machine ({', '.join(CHROMIUM_NAMES)}): apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS, headless=True)
        yield browser
        browser.close()


@contextmanager
def bench(
    browser: Browser, address: str, *, width: int = 1280, height: int = 900, scheme: str = "light"
) -> Iterator[Bench]:
    """Open the station page in a browser of its own and wait until the form has its choices."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        permissions=["clipboard-read", "clipboard-write", "camera"],
        reduced_motion="reduce",
    )
    context.set_default_timeout(30_000)
    context.add_init_script(NOTE_VIOLATIONS)
    opened = Bench(context.new_page())
    opened.page.on("console", opened.note_console)
    opened.page.on("pageerror", lambda error: opened.complaints.append(f"uncaught: {error}"))
    opened.page.goto(f"{address}/station")
    opened.page.wait_for_selector(".chip")
    yield opened
    context.close()


def drop_files(page: Page, paths: list[Path]) -> None:
    """Drop files on the page as a mouse does: one drop event that carries them all."""
    # The files go in through an input of their own, so that the drop carries real File objects.
    page.evaluate(
        """() => {
          const input = document.createElement("input");
          Object.assign(input, { type: "file", multiple: true, id: "test-files", hidden: true });
          document.documentElement.append(input);
        }"""
    )
    page.set_input_files("#test-files", [str(path) for path in paths])
    page.evaluate(
        """() => {
          const input = document.getElementById("test-files");
          const dataTransfer = new DataTransfer();
          for (const file of input.files) dataTransfer.items.add(file);
          input.remove();
          const dropped = { bubbles: true, cancelable: true, dataTransfer };
          document.body.dispatchEvent(new DragEvent("drop", dropped));
        }"""
    )


def paste(page: Page, text: str) -> None:
    """Paste a text with the keyboard, from the real clipboard."""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+V")


def tab_to(page: Page, selector: str, *, at_most: int = 120) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached with {at_most} presses of Tab")


def paste_case(page: Page, case: dict[str, Any]) -> None:
    """Paste a case anywhere on the page and wait until it was taken over."""
    page.click("#photos-title")
    paste(page, json.dumps(case, indent=2))
    expect(page.locator("#working-on")).to_have_text(case["rma"]["rma_id"])


def decide(page: Page) -> dict[str, Any]:
    """Press Decide and return what the service answered."""
    with page.expect_response("**/v1/decide") as answered:
        page.click("#decide")
    return dict(answered.value.json())


def write_findings_into_answers(page: Page, findings: list[dict[str, Any]]) -> None:
    """Let the real service answer and put known findings in, so that their drawing can be measured."""
    write_into_answers(page, {"condition.defects": findings})


def write_into_answers(page: Page, changes: dict[str, Any]) -> None:
    """Let the real service answer and put known values in, each at its dotted path."""
    # In the page and not by a Playwright route, which would send the photos on without their bytes.
    page.evaluate(
        """(changes) => {
          const send = window.fetch;
          window.fetch = async (...request) => {
            const response = await send(...request);
            if (!response.ok || !response.url.endsWith("/v1/decide")) return response;
            const decision = await response.json();
            for (const [path, value] of Object.entries(changes)) {
              const names = path.split(".");
              const last = names.pop();
              names.reduce((part, name) => part[name], decision)[last] = value;
            }
            return new Response(JSON.stringify(decision), { status: 200 });
          };
        }""",
        changes,
    )
