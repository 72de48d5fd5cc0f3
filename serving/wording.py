"""Write codes as words, and count photos as people do, in texts that a person reads."""


def say(code: str) -> str:
    """Return a code in words: return_to_vendor becomes "return to vendor"."""
    return code.replace("_", " ")


def photo_name(index: int) -> str:
    """Return what a text calls the photo at an index: indices count from 0, people from 1."""
    return f"photo {index + 1}"
