"""Give the tests of the station page a browser, an opened page and drawn photos."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from serving.demo.returns import shipped_returns
from tests.service.station.browser import Bench, bench, chromium


# For a module, not the session: while Playwright is up no other test of this process can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The machine may be busy with other tests: waiting longer costs nothing when all is well.
    expect.set_options(timeout=30_000)
    with chromium() as started:
        yield started


@pytest.fixture
def station(browser: Browser, address: str) -> Iterator[Bench]:
    """Open the page; at its end nothing may have been logged, thrown or blocked by the content policy."""
    with bench(browser, address) as opened:
        yield opened
        assert opened.all_complaints() == []


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give the drawn cracked phone that ships with Regrade: front, back, and a copy that names no view."""
    cracked = next(one for one in shipped_returns() if "racked" in one.title)
    paths = [photo.path for photo in cracked.photos]
    nameless = tmp_path_factory.mktemp("photos") / "IMG_0042.jpg"
    nameless.write_bytes(paths[1].read_bytes())
    return [*paths, nameless]
