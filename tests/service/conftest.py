"""Run the real service once for all tests here: a BentoML process on a free port with a record of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.demo.returns import DemoReturn, shipped_returns
from serving.demo.running_service import running_service


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    record = f"sqlite:///{folder / 'record.sqlite'}"
    # Patient, because the machine may be busy; how fast it starts is tested apart.
    with running_service(record=record, log=folder / "service.log", ready_timeout_s=180) as address:
        yield address


@pytest.fixture(scope="session")
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def honest() -> DemoReturn:
    """Return the drawn intact phone that ships with Regrade, with its case and photos."""
    return shipped_returns()[0]


@pytest.fixture(scope="session")
def photo(honest: DemoReturn) -> Path:
    return honest.photos[0].path


@pytest.fixture(scope="session")
def case(honest: DemoReturn) -> dict[str, Any]:
    return honest.case
