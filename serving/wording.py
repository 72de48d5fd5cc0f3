"""Write codes as words, and count photos as people do, in texts that a person reads."""

from data.device import Surface


def say(code: str) -> str:
    """Return a code in words: return_to_vendor becomes "return to vendor"."""
    return code.replace("_", " ")


def say_side(surface: Surface) -> str:
    """Return what a text calls a side of the device."""
    return "an unknown side" if surface is Surface.UNKNOWN else surface.value


def photo_name(index: int) -> str:
    """Return what a text calls the photo at an index: indices count from 0, people from 1."""
    return f"photo {index + 1}"
