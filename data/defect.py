"""Define the defects a photo can show, their severities, and the house grades."""

from enum import StrEnum


class DefectKind(StrEnum):
    """Damage and dirt, in the order of the condition model's defect channels."""

    CRACK = "crack"
    SCRATCH = "scratch"
    DENT = "dent"
    CHIP = "chip"
    BENT = "bent"
    COATING_LOSS = "coating_loss"
    DISCOLOURATION = "discolouration"
    MISSING_PART = "missing_part"
    DISPLAY_FAULT = "display_fault"
    SWELLING = "swelling"
    OIL = "oil"
    STAIN = "stain"
    DUST = "dust"

    @property
    def is_dirt(self) -> bool:
        """Return whether the kind wipes off: dirt asks for a clean and a retake, it is not damage."""
        return self in {DefectKind.OIL, DefectKind.STAIN, DefectKind.DUST}

    @property
    def is_hazard(self) -> bool:
        """Return whether the kind points to a hazardous battery."""
        return self is DefectKind.SWELLING


class Severity(StrEnum):
    """The severities of a defect: micro is seen only against the light, deep is felt with a nail."""

    MICRO = "micro"
    VISIBLE = "visible"
    DEEP = "deep"


class Grade(StrEnum):
    """House grades from like new to broken, after the meaning of the CTIA cosmetic letters."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def rank(self) -> int:
        """Return 0 for A up to 4 for E: a larger rank is a worse device."""
        return list(Grade).index(self)
