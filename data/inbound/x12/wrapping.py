"""Remove the line ends that a fixed width put inside the segments of X12."""

import re

LINE_END = re.compile(r"\r\n|\r|\n")


def unwrapped(text: str, terminator: str) -> str:
    """Return the text without line ends inside its segments, where all of them come at its full width.

    Text of any other shape is returned as it is: which of its line ends belong there can't be told.
    """
    if terminator in "\r\n":
        return text
    lines = LINE_END.split(text.rstrip())
    inside = [line for line in lines[:-1] if line.strip() and not line.rstrip(" \t").endswith(terminator)]
    width = max(map(len, lines))
    if not inside or any(len(line) != width for line in inside):
        return text
    return "".join(lines)


def holds_line_end(text: str) -> bool:
    """Return whether a line ends inside a text, rather than beside it."""
    return LINE_END.search(text.strip()) is not None
