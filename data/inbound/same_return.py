"""Decide which messages speak of the same return: no unit may vanish behind another one's number."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from data.identity.comparison import key_of
from data.inbound.reading import CaseDraft, Notes
from data.rma import ReturnReason, Rma

CANCELLATION = "01"
CHANGES = ("04", "05")
MAX_NAME = 64
APART = "of other contents under one number (N9 with RZ, or BGN02): kept apart; its scans go to each"


@dataclass
class _Return:
    """All messages of one return: the last as it was sent, and what stands after all of them.

    `place` is that of the first, in the order in which they came.
    """

    place: int
    last: CaseDraft
    standing: CaseDraft


class _Group:
    """The returns of one number; a sender may give the same to thousands of messages."""

    def __init__(self) -> None:
        self.returns: list[_Return] = []
        self._by_contents: dict[str | Rma, list[_Return]] = defaultdict(list)

    def add(self, one: _Return) -> None:
        """Add a return that is none of the others."""
        self.returns.append(one)
        self._by_contents[_contents(one.last)].append(one)

    def find(self, draft: CaseDraft) -> _Return | None:
        """Return the latest return that a draft speaks of, None where it is one of its own."""
        is_by_contents = not draft.origin.names_rma and not _is_cancelled(draft)
        own = self._by_contents.get(_contents(draft), []) if is_by_contents else self.returns
        return next((one for one in reversed(own) if is_same_return(one.last, draft)), None)


def merged(drafts: Sequence[CaseDraft], notes: Notes, *, as_of: datetime | None) -> list[CaseDraft]:
    """Keep the latest message of each return, with the reason given first; drop what was cancelled.

    Returns of other contents under one number are kept apart, the later ones under a longer number. What a
    later message says counts only if it was known at as_of.
    """
    by_number: dict[str, _Group] = defaultdict(_Group)
    for place, draft in sorted(enumerate(drafts), key=lambda numbered: numbered[1].known_at):
        _take(by_number[draft.rma.rma_id], place, draft, as_of, notes)
    _name_apart(by_number, notes)
    found = sorted((one for group in by_number.values() for one in group.returns), key=lambda one: one.place)
    cancelled = {_cancelled_by(one.standing) for one in found if _is_cancelled(one.standing)}
    for number in sorted(cancelled):
        notes.add(f"return {number} was cancelled: left out")
    return [one.standing for one in found if not {one.standing.family, one.standing.rma.rma_id} & cancelled]


def is_same_return(earlier: CaseDraft, later: CaseDraft) -> bool:
    """Return whether two drafts with one number speak of one unit.

    An RMA number holds a return together; what the sender calls the message itself (BGN02) does so only
    where the contents are those of the same message, sent again or corrected.
    """
    if earlier.family != later.family:
        return False
    names_rma = earlier.origin.names_rma and later.origin.names_rma
    is_one_message = _message(earlier) == _message(later)
    is_one_sender = earlier.origin.sender_id == later.origin.sender_id
    changes = is_one_sender and (_is_cancelled(later) or (names_rma and later.origin.purpose in CHANGES))
    units = (_unit(earlier.rma), _unit(later.rma))
    if all(units):
        if units[0] == units[1]:
            return names_rma or is_one_message or changes
        return changes and not _is_cancelled(later)
    if earlier.rma.sku != later.rma.sku:
        return False
    same_contents = earlier.rma == later.rma and earlier.origin.purpose == later.origin.purpose
    return changes or (is_one_message and (names_rma or same_contents))


def _take(group: _Group, place: int, draft: CaseDraft, as_of: datetime | None, notes: Notes) -> None:
    """Add a draft to the return that it speaks of, or as one of its own."""
    known = group.find(draft)
    if known is None:
        group.add(_Return(place, draft, draft))
        return
    if as_of is not None and draft.known_at > as_of:
        notes.add("later messages of returns, known after as_of: they do not count", draft.origin.where)
        return
    is_copy = known.last.rma == draft.rma
    what = "sent again: counted once" if is_copy else "said again in other words: the latest message counts"
    notes.add(f"returns {what}", draft.origin.where)
    known.place, known.last, known.standing = min(known.place, place), draft, _follow(known.standing, draft)


def _follow(earlier: CaseDraft, later: CaseDraft) -> CaseDraft:
    first = earlier.rma.first_reason or earlier.rma.reason
    known = first if first is not ReturnReason.UNKNOWN else None
    rma = later.rma.model_copy(
        update={"first_reason": known, "requested_at": min(earlier.rma.requested_at, later.rma.requested_at)}
    )
    return replace(later, rma=rma, references=earlier.references | later.references)


def _name_apart(by_number: dict[str, _Group], notes: Notes) -> None:
    """Give each return beyond the first of a number a longer one, by the control numbers of its message."""
    taken = set(by_number)
    for group in by_number.values():
        for one in group.returns[1:]:
            one.standing = _under_longer_number(one.standing, taken)
            name = one.standing.rma.rma_id
            taken.add(name)
            notes.add(f"returns {APART}", f"{one.standing.origin.where} as {name}")


def _under_longer_number(draft: CaseDraft, taken: set[str]) -> CaseDraft:
    """Return the draft under the number of its message's controls; its units and lines stay behind that."""
    control = re.sub(r"[^\x21-\x7e]+", "", draft.origin.control)[:20]
    unit = draft.rma.rma_id.removeprefix(draft.family)
    for attempt in count(1):
        tail = f"-{control}" if attempt == 1 else f"-{control}-{attempt}"
        family = f"{draft.family[: MAX_NAME - len(tail) - len(unit)]}{tail}"
        if family + unit not in taken:
            break
    return replace(draft, family=family, rma=draft.rma.model_copy(update={"rma_id": family + unit}))


def _message(draft: CaseDraft) -> tuple[str, str, object]:
    return draft.origin.sender_id, draft.origin.number, draft.rma.requested_at


def _contents(draft: CaseDraft) -> str | Rma:
    """Return what drafts under the name of a message must share: the unit, or all where that is not known."""
    return _unit(draft.rma) or draft.rma


def _unit(rma: Rma) -> str | None:
    named = next((number for number in (rma.expected_serial, *rma.identity.imeis) if number), None)
    return key_of(named) if named else None


def _cancelled_by(draft: CaseDraft) -> str:
    """Return what a cancellation ends: all of an RMA number, or what shares the name of its message alone."""
    return draft.family if draft.origin.names_rma else draft.rma.rma_id


def _is_cancelled(draft: CaseDraft) -> bool:
    return draft.origin.purpose == CANCELLATION
