"""Define how a photo is measured, in a versioned file beside the code."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.strict import Frozen
from data.versioned_file import VersionedFile, read_versioned

DEFAULT_MEASURES = Path(__file__).parent / "measures-1.yaml"

Range = tuple[float, float]
Reach = tuple[int, int]


class CropMeasures(Frozen):
    """The measures of light and detail in a crop around the device."""

    long_side_px: int = Field(ge=64)
    margin: float = Field(ge=0)
    inset_px: int = Field(ge=0)
    rim_px: int = Field(ge=0)
    detail_px: int = Field(ge=1)
    burnt_from: float = Field(gt=0, le=1)
    least_place_px: int = Field(ge=1)
    bright_quantile: float = Field(ge=0, le=1)
    detail_quantile: float = Field(ge=0, le=1)


class EdgeMeasures(Frozen):
    """The measures of the width of the sharpest edges."""

    softening_px: float = Field(gt=0)
    reach_px: int = Field(ge=1)
    step_min: float = Field(ge=0, le=1)
    step_share: float = Field(ge=0, le=1)
    range_quantiles: Range
    sharpest_quantile: float = Field(ge=0, le=1)
    least_edge_px: int = Field(ge=1)


class GlareMeasures(Frozen):
    """The measures of a lamp's reflection."""

    burnt_from: float = Field(gt=0, le=1)
    core_px: int = Field(ge=1)
    near_px: Reach
    far_px: Reach
    least_ring_px: int = Field(ge=1)


class BorderMeasures(Frozen):
    """The measures of what continues beyond the photo."""

    outer: Range
    inner: Range
    same_within: float = Field(gt=0, le=1)


class PhotoMeasures(VersionedFile):
    """The entries of measures-1.yaml, explained there."""

    source: str
    crop: CropMeasures
    edge: EdgeMeasures
    glare: GlareMeasures
    border: BorderMeasures


@cache
def photo_measures(path: Path = DEFAULT_MEASURES) -> PhotoMeasures:
    """Read a measures file; raises InvalidFile."""
    return read_versioned(path, PhotoMeasures)
