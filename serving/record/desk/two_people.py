"""Tell two people apart by what they are called, where one name must not pass for two."""

import unicodedata
from functools import cache

# Letters that nobody sees: fillers of Hangul and Khmer.
_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# What Unicode's table keeps apart in one case and takes for one in the other: I, l and 1.
_LAST = {ord("i"): "l"}
# Each round may bring up what the next one reads; none of today's names needs more than three.
_MOST_ROUNDS = 8


def are_two_people(name: str, other: str) -> bool:
    """Return whether two names surely stand for two people.

    One name is the same in another case, width, accent, spacing and punctuation, with letters that look like
    it (Unicode's confusables, a Cyrillic for a Latin a, 0 for O) or with some that nobody sees. A name of
    nothing else names nobody.
    """
    one, two = _keys(name), _keys(other)
    return "" not in one | two and not one & two


def person_key(name: str) -> str:
    """Return what is the same for the usual spellings of a name, to count people by."""
    return _settled(_letters(name))


def _keys(name: str) -> set[str]:
    """Return what a name may be taken for: letters look alike in the case that they are written in."""
    return {person_key(name), _settled(_letters(_likened(unicodedata.normalize("NFKC", name))))}


def _settled(key: str) -> str:
    for _ in range(_MOST_ROUNDS):
        again = _letters(_likened(key)).translate(_LAST)
        if again == key:
            break
        key = again
    return key


def _likened(text: str) -> str:
    return "".join(_likeness().get(character, character) for character in text)


def _letters(text: str) -> str:
    """Return the letters and digits of a text in one case, without accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in plain if _is_seen(character))


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" and character not in _UNSEEN


@cache
def _likeness() -> dict[str, str]:
    """Return what stands for each character that looks like another one."""
    # Late: its table is a megabyte, and only those who compare people need it.
    from confusable_homoglyphs.confusables import confusables_data as table

    likeness = {}
    for character, like in table.items():
        # A character that looks like one other; that one lists all that look like it.
        if len(character) == 1 and len(like) == 1:
            stands = like[0]["c"]
            is_pair = len(table.get(stands, ())) == 1 and len(stands) == 1
            likeness[character] = min(character, stands) if is_pair else stands
    return likeness
