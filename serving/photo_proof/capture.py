"""Find photos that say that they were taken before the device was sold, or after the bench had it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from data.case import ReturnCase
from data.proof.proof import Suspicion, SuspicionKind
from features.photo.photo import Photo
from serving.wording import photo_name

# A time without its offset was noted somewhere between these hours from UTC.
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
# Clocks of cameras are off by less, or by years: those are told below.
_SLACK = timedelta(days=1)
# A camera that has lost its clock begins anew in a year before these (1970, 1980, 2000 and others).
_YEARS = range(2010, 2100)


def time_suspicions(case: ReturnCase, photos: Sequence[Photo]) -> Iterator[Suspicion]:
    """Yield what the capture times make suspicious; a clock that can't be right tells nothing."""
    for index, photo in enumerate(photos):
        earliest, latest = _bounds(photo.taken_at)
        if earliest is None or latest is None or earliest - _SLACK > case.as_of:
            continue
        ordered_at, bench = case.rma.ordered_at, case.known_verification
        name, said = photo_name(index), (photo.taken_at or "").replace("T", " ")
        if ordered_at is not None and latest + _SLACK < ordered_at:
            text = f"{name} says that it was taken at {said}, before the order of {ordered_at.date()}"
            yield Suspicion(SuspicionKind.TAKEN_BEFORE_ORDER, index, text)
        if bench is not None and earliest - _SLACK > bench.verified_at:
            when = bench.verified_at.date()
            text = f"{name} says that it was taken at {said}, after the bench had the device on {when}"
            yield Suspicion(SuspicionKind.TAKEN_AFTER_VERIFICATION, index, text)


def _bounds(taken_at: str | None) -> tuple[datetime, datetime] | tuple[None, None]:
    """Return the earliest and the latest moment that a capture time can mean."""
    try:
        taken = datetime.fromisoformat(taken_at or "")
    except ValueError:
        return None, None
    if taken.year not in _YEARS:
        return None, None
    if taken.tzinfo is not None:
        return taken, taken
    return (taken - _EAST).replace(tzinfo=UTC), (taken - _WEST).replace(tzinfo=UTC)
