"""How large a device is: by SKU where the operator's file says so, else by class."""

import pytest

from data.device import DeviceClass
from data.sizes import read_sizes, typical_dimensions, typical_sizes
from data.versioned_file import InvalidFile

OWN = """
name: warehouse
version: "7"
classes:
  router: {height_mm: 100, width_mm: 100, depth_mm: 30, spread: 0.02, source: one model only}
skus:
  PH-128: {height_mm: 146.7, width_mm: 71.5, depth_mm: 7.4, spread: 0.005, source: data sheet}
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "sizes.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_every_class_has_a_typical_size_with_its_source():
    assert set(typical_sizes().classes) == set(DeviceClass)
    assert all(size.source and 0 < size.spread <= 0.5 for size in typical_sizes().classes.values())


def test_a_known_sku_comes_before_the_class(own):
    sizes = read_sizes(own)
    for device_class in (DeviceClass.PHONE, None):
        known = sizes.size_of(device_class, "PH-128")
        assert known is not None
        assert known.height_mm == 146.7
    assert sizes.size_of(DeviceClass.PHONE, "PH-999") == typical_sizes().size_of(DeviceClass.PHONE)


def test_an_own_class_replaces_the_typical_one_and_no_other(own):
    sizes = read_sizes(own)
    own_size, typical = sizes.size_of(DeviceClass.ROUTER), sizes.size_of(DeviceClass.MODEM)
    assert own_size is not None
    assert typical is not None
    assert own_size.height_mm == 100
    assert typical.dimensions == typical_dimensions(DeviceClass.MODEM)
    assert (sizes.name, sizes.version) == ("warehouse", "7")


def test_nothing_known_is_no_size():
    assert typical_sizes().size_of(None) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("146.7", "-3"), "skus.PH-128.height_mm"),
        (("router", "toaster"), "toaster"),
        (("spread: 0.005", "wide: 1"), "skus.PH-128.wide: unknown field"),
        (('version: "7"', ""), "version: Field required"),
    ],
)
def test_a_wrong_file_is_refused_naming_the_entry(own, change, says):
    own.write_text(OWN.replace(*change), encoding="utf-8")
    with pytest.raises(InvalidFile, match=says):
        read_sizes(own)
