"""Compare names and numbers of other systems however they were cased and spaced."""

import unicodedata


def plain_name(text: str) -> str:
    """Spell a name the one way: in small letters, single spaces and composed characters."""
    composed = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return " ".join(composed.casefold().split())


def plain_number(text: str) -> str:
    """Spell a tracking number the one way: as a name, without the spaces and hyphens that group it."""
    return plain_name(text).replace(" ", "").replace("-", "")


def absent_from(found: frozenset[str], expected: frozenset[str]) -> frozenset[str]:
    """Return the names that are expected and not found, as they are expected."""
    names = {plain_name(name) for name in found}
    return frozenset(name for name in expected if plain_name(name) not in names)
