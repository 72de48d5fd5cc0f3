"""Quote what was sent, and list what is wrong with it, so that an answer stays short whatever was sent."""

from collections.abc import Sequence

MOST_CHARACTERS = 200
MOST_LINES = 50


def excerpt(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return a text of at most `most` characters: the middle of a longer one is left out."""
    if len(text) <= most:
        return text
    tail = most // 4
    return f"{text[: most - tail - 5]} ... {text[-tail:]}"


def first_lines(lines: Sequence[str], most_characters: int | None = None) -> list[str]:
    """Return the first MOST_LINES lines, fewer if these have more characters, and at least one."""
    shown: list[str] = []
    left = most_characters
    for line in lines[:MOST_LINES]:
        if left is not None:
            left -= len(line)
            if shown and left < 0:
                break
        shown.append(line)
    return shown
