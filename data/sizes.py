"""Look up the size of a device, by its SKU where an operator's file has it, else by its class."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.device import DeviceClass, Dimensions
from data.strict import Frozen
from data.versioned_file import VersionedFile, read_versioned

TYPICAL_SIZES = Path(__file__).parent / "sizes.yaml"


class KnownSize(Frozen):
    """The outer size of a device in mm, and the standard deviation of its lengths as a share of them."""

    height_mm: float = Field(gt=0, le=2000)
    width_mm: float = Field(gt=0, le=2000)
    depth_mm: float = Field(gt=0, le=2000)
    spread: float = Field(ge=0, le=0.5)
    source: str = Field(min_length=1)

    @property
    def dimensions(self) -> Dimensions:
        """Return the three sides alone."""
        return Dimensions(self.height_mm, self.width_mm, self.depth_mm)


class SizeTable(VersionedFile):
    """The sizes of one file, per class and per SKU."""

    classes: dict[DeviceClass, KnownSize] = Field(default_factory=dict)
    skus: dict[str, KnownSize] = Field(default_factory=dict)

    def size_of(self, device_class: DeviceClass | None, sku: str | None = None) -> KnownSize | None:
        """Return the size by SKU, else by class; None where neither is known."""
        by_class = self.classes.get(device_class) if device_class else None
        return self.skus.get(sku, by_class) if sku else by_class


@cache
def typical_sizes() -> SizeTable:
    """Return the sizes that ship with the house: one for every class."""
    return read_versioned(TYPICAL_SIZES, SizeTable)


def read_sizes(path: Path | None = None) -> SizeTable:
    """Read an operator's file laid over the typical sizes; None gives the typical sizes alone.

    Raises InvalidFile.
    """
    typical = typical_sizes()
    if path is None:
        return typical
    own = read_versioned(path, SizeTable)
    return own.model_copy(update={"classes": {**typical.classes, **own.classes}})


def typical_dimensions(device_class: DeviceClass) -> Dimensions:
    """Return the outer size of a typical device of a class."""
    return typical_sizes().classes[device_class].dimensions
