"""Define one defect of a device with every photo's finding of it."""

from dataclasses import dataclass

from data.condition import DefectFinding
from data.defect import DefectKind
from data.device import Surface


@dataclass(frozen=True)
class DeviceDefect:
    """One defect of the device, with every finding of it; it counts once."""

    name: str
    kind: DefectKind
    surface: Surface
    findings: tuple[DefectFinding, ...]

    @property
    def probability(self) -> float:
        """Return the probability of the surest finding: a photo that shows less takes nothing away."""
        return max(finding.probability for finding in self.findings)

    @property
    def longest(self) -> DefectFinding | None:
        """Return the finding with the greatest length: light and angle hide parts, never add any.

        A length without its doubt would count as exact, and is none.
        """
        known = [finding for finding in self.findings if finding.length_sd_mm is not None]
        measured = [finding for finding in known if finding.length_mm is not None]
        return max(measured, key=lambda finding: finding.length_mm or 0.0, default=None)
