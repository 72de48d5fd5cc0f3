"""Define how the network's answers are read, in a versioned file beside the code."""

from functools import cache
from pathlib import Path

from pydantic import Field

from data.versioned_file import VersionedFile, read_versioned

DEFAULT_INFERENCE = Path(__file__).parent / "inference-1.yaml"
_OF_A_RELEASE = {"none_from", "present_cells", "device_detail_share", "strongest_cells"}


class InferenceRules(VersionedFile):
    """The entries of inference-1.yaml, explained there."""

    source: str
    none_from: float = Field(gt=0, le=1)
    present_cells: int = Field(ge=1)
    device_detail_share: float = Field(ge=0, le=1)
    strongest_cells: int = Field(ge=1)
    gate_long_side_places: int = Field(ge=8)
    gate_border_places: int = Field(ge=1)

    @property
    def of_a_release(self) -> dict[str, float]:
        """Return the rules with the values that a release states for itself."""
        return self.model_dump(include=_OF_A_RELEASE)


@cache
def read_inference(path: Path = DEFAULT_INFERENCE) -> InferenceRules:
    """Read an inference file; raises InvalidFile."""
    return read_versioned(path, InferenceRules)
