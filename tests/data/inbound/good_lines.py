"""Read cases of which none may be refused."""

from typing import Any

from data.case import InvalidCase
from data.inbound import case_lines


def good_lines(*given: Any, **asked: Any) -> list[bytes]:
    """Return the lines that case_lines yields, all of which have to be cases."""
    lines = list(case_lines(*given, **asked))
    assert [line for line in lines if isinstance(line, InvalidCase)] == []
    return [line for line in lines if isinstance(line, bytes)]
