"""Measure how the station page looks in the browser: what covers what, what is cut off and hard to read."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page


def layout_faults(page: Page) -> list[str]:
    """Say what covers something else, is cut off, leaves the window or can't be pressed."""
    return list(page.evaluate(_script("layout.js")))


def poor_contrast(page: Page) -> list[str]:
    """Say which texts stand out too little from their ground, with their contrast."""
    return list(page.evaluate(_script("contrast.js")))


@cache
def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
