"""Give the house tests the root of the clone they look after."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clone() -> Path:
    return Path(__file__).resolve().parents[2]
