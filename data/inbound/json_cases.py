"""Cut JSON text into its cases, whatever it wraps them in and however it is broken into lines."""

import re
from collections.abc import Iterator

from data.case import InvalidCase, ReturnCase, case_of, case_text, read_case

# A wrong case may lack a quote or a bracket. The one after it is known by how it begins, and a text ends only
# where something that may follow a text does.
TOKEN = re.compile(
    rb'"(?:[^"\\\r\n]|\\.)*+"(?=\s*(?:[,:\]}]|$))|(?P<case>\{\s*"rma"\s*:)|(?P<returns>\{\s*"returns"\s*:\s*\[)|[\[\]{},]'
)
WRAPPED = re.compile(rb'\s*(\[|\{\s*"returns"\s*:)')


def is_wrapped(text: bytes) -> bool:
    """Return whether cases come in a list, by itself or under `returns`."""
    return WRAPPED.match(text) is not None


def read_only_case(body: bytes) -> ReturnCase:
    """Read the one case of a body, which may stand in a list; raises InvalidCase for several, too."""
    text = case_text(body)
    if not is_wrapped(text):
        return read_case(text)
    found = list(cases_in(text))
    for problem in found:
        if isinstance(problem, InvalidCase):
            raise problem
    if len(found) != 1:
        raise InvalidCase([f"case: {len(found)} cases were given; send one JSON object"])
    return case_of(found[0])


def cases_in(text: bytes) -> Iterator[bytes | InvalidCase]:
    """Yield the text of each case of a document in UTF-8: one case, several, a list or {"returns": [...]}.

    What is no case is yielded in its place, so that whoever reads it can say so; in the place of those that
    a list lost with its end, that it was cut.
    """
    cutter = _Cutter(text)
    for begin, end in cutter.pieces():
        piece = text[begin:end].strip()
        if piece:
            yield piece
    if cutter.is_cut:
        yield InvalidCase(["case: the list of cases has no end: it was cut here; send all of it again"])


def is_whole(text: bytes) -> bool:
    """Return whether all brackets of a text that begins with one are closed."""
    depth = 0
    for token in TOKEN.finditer(text):
        depth += _deeper(token[0])
    return depth == 0


class _Cutter:
    """Walk through the brackets; `base` is the depth at which cases stand, 1 in a list, 2 under `returns`."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._depth = self._base = self._start = 0
        self._closes_object = False

    @property
    def is_cut(self) -> bool:
        """Return whether the text ended between two cases of a list; one that ends inside a case says so."""
        return self._depth == self._base > 0

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Yield where each piece begins and ends."""
        for token in TOKEN.finditer(self._text):
            mark = token[0]
            if mark.startswith(b'"'):
                continue
            if token["case"]:
                yield self._cut(token.start())
                self._depth, self._closes_object = self._base + 1, False
            elif self._base == 0 and self._depth == 0 and (token["returns"] or mark == b"["):
                yield self._cut(token.start(), token.end())
                self._depth = self._base = 2 if token["returns"] else 1
            elif mark == b"," and self._depth == self._base:
                yield self._cut(token.start(), token.end())
            else:
                yield from self._step(mark, token.end())
        yield self._cut(len(self._text))

    def _step(self, mark: bytes, end: int) -> Iterator[tuple[int, int]]:
        """Go in or out; a list, what wraps it, or a case outside a list, ends here."""
        if mark == b"]" and self._depth == self._base > 0:
            yield self._cut(end - 1, end)
            self._closes_object = self._base == 2
            self._depth, self._base = self._depth - 1, 0
            return
        # More closing brackets than opening ones belong to the wrong case they stand in.
        self._depth = max(self._depth + _deeper(mark), self._base)
        if self._depth == self._base == 0 and mark != b",":
            yield self._cut(end - self._closes_object, end)
            self._closes_object = False

    def _cut(self, end: int, begin: int | None = None) -> tuple[int, int]:
        piece = self._start, end
        self._start = end if begin is None else begin
        return piece


def _deeper(mark: bytes) -> int:
    if mark.startswith(b'"'):
        return 0
    return mark.count(b"{") + mark.count(b"[") - mark.count(b"]") - mark.count(b"}")
