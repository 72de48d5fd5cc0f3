"""Join scans to the cases whose parcel or unit they saw."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from data.case import InvalidCase, ReturnCase, explain
from data.inbound.reading import (
    CaseDraft,
    Notes,
    Reference,
    ReferenceKind,
    References,
    ScanDraft,
    unit_references,
)
from data.inbound.same_return import merged
from data.scan import ScanEvent, distinct_scans
from data.verification import Verification

MAX_SCANS = 500


@dataclass(frozen=True)
class JoinedScans:
    """The drafts that belong to one case."""

    scans: tuple[ScanEvent, ...]
    verification: Verification | None
    known_at: datetime | None


class ScanIndex:
    """Scans by the numbers that name them, with those that no case has asked for."""

    def __init__(self, drafts: Iterable[ScanDraft]) -> None:
        self._drafts = list(drafts)
        self._used: set[int] = set()
        self._by_reference: dict[Reference, list[int]] = defaultdict(list)
        for place, draft in enumerate(self._drafts):
            for reference in draft.references:
                self._by_reference[reference].append(place)

    def find(
        self, references: References, *, requested_at: datetime, as_of: datetime | None, notes: Notes
    ) -> JoinedScans:
        """Return what shares a number with a case, each thing once, in order of time.

        A unit is also seen before its return, on the way out: what is found by its serial number alone
        counts from the request on, and so does every inspection. An inspection recorded after as_of does not
        count; a scan says itself when it became known.
        """
        places = {place for reference in references for place in self._by_reference.get(reference, ())}
        own = [self._drafts[place] for place in sorted(places)]
        self._used |= places
        kept = [draft for draft in own if _belongs(draft, references, requested_at)]
        for _ in range(len(own) - len(kept)):
            notes.add("scans of a unit before its return was asked for: left out")
        for draft in kept:
            if _is_late_inspection(draft, as_of):
                notes.add("inspections recorded after as_of, which do not count", draft.where)
        return _found([draft for draft in kept if not _is_late_inspection(draft, as_of)], notes)

    def unused(self) -> list[ScanDraft]:
        """Return the scans that no case asked for."""
        return [draft for place, draft in enumerate(self._drafts) if place not in self._used]


def cases_of(
    drafts: Sequence[CaseDraft], index: ScanIndex, notes: Notes, *, as_of: datetime | None
) -> list[ReturnCase]:
    """Return the cases of the drafts that still stand, with their scans, in the order they first came.

    as_of: the moment of the decision; None for the latest moment at which any of a case became known.
    """
    cases = []
    for draft in merged(drafts, notes, as_of=as_of):
        if as_of is not None and draft.rma.requested_at > as_of:
            notes.add(f"returns asked for after {as_of.isoformat()}: left out", draft.rma.rma_id)
            continue
        requested_at = draft.rma.requested_at
        found = index.find(draft.references, requested_at=requested_at, as_of=as_of, notes=notes)
        latest = max(draft.known_at, draft.rma.requested_at, found.known_at or draft.known_at)
        try:
            cases.append(_case(draft, found, as_of or latest))
        except InvalidCase as error:
            notes.aside.add(draft.origin.file, f"return {draft.rma.rma_id}", error)
    if cases and as_of is None:
        notes.add("no --as-of: each return is looked at when the last of it became known")
    return cases


def with_scans(case: ReturnCase, index: ScanIndex, notes: Notes) -> ReturnCase:
    """Add what the index knows to a case; its own verification stays, and its as_of decides what counts."""
    requested_at = case.rma.requested_at
    found = index.find(references_of(case), requested_at=requested_at, as_of=case.as_of, notes=notes)
    if found.known_at and found.known_at > case.as_of:
        notes.add("cases with scans that became known after their as_of, which do not count", case.rma.rma_id)
    if len(case.distinct_scans) < len(case.scans):
        notes.add("scans that repeat others count once", case.rma.rma_id)
    scans = distinct_scans([*case.scans, *found.scans])
    verification = case.verification or found.verification
    return case.model_copy(update={"scans": scans[-MAX_SCANS:], "verification": verification})


def references_of(case: ReturnCase) -> References:
    """Return the numbers under which the parcel and the unit of a case are seen."""
    rma = case.rma
    named = [
        (ReferenceKind.RMA, rma.rma_id),
        *((ReferenceKind.TRACKING, scan.tracking_id) for scan in case.scans),
    ]
    found = frozenset(Reference.of(kind, number) for kind, number in named if number)
    return found | unit_references(rma.identity)


def _belongs(draft: ScanDraft, references: References, requested_at: datetime) -> bool:
    if isinstance(draft.seen, Verification):
        return draft.seen.verified_at >= requested_at
    kinds = {reference.kind for reference in references & draft.references}
    return kinds != {ReferenceKind.SERIAL} or draft.seen.time >= requested_at


def _is_late_inspection(draft: ScanDraft, as_of: datetime | None) -> bool:
    return isinstance(draft.seen, Verification) and as_of is not None and draft.known_at > as_of


def _found(drafts: Sequence[ScanDraft], notes: Notes) -> JoinedScans:
    scans = distinct_scans(draft.seen for draft in drafts if isinstance(draft.seen, ScanEvent))
    visits = [draft.seen for draft in drafts if isinstance(draft.seen, Verification)]
    if len(scans) > MAX_SCANS:
        notes.add(f"more than {MAX_SCANS} scans of one return: the latest are kept")
    ordered = sorted(scans, key=lambda scan: scan.time)[-MAX_SCANS:]
    last = max(visits, key=lambda visit: visit.verified_at, default=None)
    return JoinedScans(tuple(ordered), last, max((draft.known_at for draft in drafts), default=None))


def _case(draft: CaseDraft, found: JoinedScans, as_of: datetime) -> ReturnCase:
    fields = {"rma": draft.rma, "scans": found.scans, "verification": found.verification, "as_of": as_of}
    try:
        return ReturnCase.model_validate(fields)
    except ValidationError as error:
        raise InvalidCase(explain(error)) from error
