"""The constraints file pins what pyproject.toml asks for, on any machine."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version


@pytest.fixture(scope="module")
def pins(clone: Path) -> dict[str, Version]:
    lines = (clone / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def test_every_pin_is_a_version_that_any_machine_can_install(pins: dict[str, Version]) -> None:
    local = [name for name, version in pins.items() if version.local]

    assert local == []
    assert len(pins) > 50


def test_every_declared_dependency_is_pinned_within_its_range(clone: Path, pins: dict[str, Version]) -> None:
    project = tomllib.loads((clone / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    declared = [text for texts in (project["dependencies"], *extras) for text in texts]

    assert [text for text in declared if not is_pinned_within_range(Requirement(text), pins)] == []


def is_pinned_within_range(requirement: Requirement, pins: dict[str, Version]) -> bool:
    pin = pins.get(canonicalize_name(requirement.name))
    return pin is not None and pin in requirement.specifier
