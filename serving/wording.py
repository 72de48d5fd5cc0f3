"""Write codes as words, and count photos from 1, in texts that a person reads."""

from collections.abc import Mapping
from typing import Any

from data.defect import DefectKind, Grade
from data.device import DeviceClass, Surface
from data.verification import Outcome

# Codes of which the words alone are not what people write.
_SAID = {
    "ecommerce_consumer": "e-commerce consumer",
    "iot_sensor": "IoT sensor",
    "us_facility": "US facility",
    "cross_border": "cross-border",
    "ctia_like": "after CTIA",
    "r2_cosmetic": "R2v3 cosmetic",
}
_CLASSES = {
    DeviceClass.IOT_SENSOR: "an IoT sensor",
    DeviceClass.NETWORK_GEAR: "network gear",
    DeviceClass.OTHER: "another kind of device",
}
_DEFECTS = {DefectKind.BENT: "a bent body", DefectKind.COATING_LOSS: "worn coating"}
_WITHOUT_ARTICLE = {DefectKind.DISCOLOURATION, DefectKind.SWELLING, DefectKind.OIL, DefectKind.DUST}
_FOUND = {
    Outcome.MATCH: "what was sold",
    Outcome.MISMATCH_INSTANCE: "another unit of the same model",
    Outcome.MISMATCH_CLASS: "another model than was sold",
    Outcome.MISMATCH_QUANTITY: "another number of devices than was sold",
    Outcome.EMPTY: "an empty box",
    Outcome.COUNTERFEIT: "a counterfeit",
}


def say(code: str) -> str:
    """Return a code in words: return_to_vendor becomes "return to vendor"."""
    return _SAID.get(code) or code.replace("_", " ")


def say_class(device_class: DeviceClass) -> str:
    """Return a device of a class as a sentence names it: "a phone", "network gear"."""
    return _CLASSES.get(device_class) or f"a {say(device_class)}"


def say_defect(kind: DefectKind) -> str:
    """Return a defect as a sentence names it: "a crack", "dust"."""
    return _DEFECTS.get(kind) or (say(kind) if kind in _WITHOUT_ARTICLE else f"a {say(kind)}")


def say_outcome(outcome: Outcome) -> str | None:
    """Return what opening the parcel found, None where nobody opened and checked it."""
    return _FOUND.get(outcome)


def say_side(surface: Surface) -> str:
    """Return what a text calls a side of the device."""
    return "an unknown side" if surface is Surface.UNKNOWN else surface.value


def say_as_shown(grade: str) -> str:
    """Return the words for a grade as far as seen: whether a B is an A, one face does not tell."""
    return f"{grade} or better as shown" if grade == Grade.B else f"{grade} as shown"


def said_as_shown(condition: Mapping[str, Any]) -> str | None:
    """Return the grade as shown of an answer's condition that gives none of the whole, and how sure it is.

    None where there is none, or a person has to decide it.
    """
    seen = condition.get("as_far_as_seen")
    if condition["grade"] or not seen or seen["needs_person"] or not seen["assurance"]:
        return None
    return f"{say_as_shown(seen['grade'])} ({seen['probability']:.0%})"


def say_probability(probability: float) -> str:
    """Return a probability in per cent, without rounding it to certainty."""
    return "> 99 %" if 0.995 <= probability < 1.0 else f"{100 * probability:.0f} %"


def photo_name(index: int) -> str:
    """Return what a text calls the photo at an index: indices count from 0, people from 1."""
    return f"photo {index + 1}"
