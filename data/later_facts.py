"""Say which facts of a case became known after its `as_of`, and so don't count yet."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from data.history import History, is_told_after
from data.rma import Rma
from data.scan import ScanEvent


def later_facts(
    rma: Rma, scans: Iterable[ScanEvent], history: History | None, as_of: datetime
) -> Iterator[str]:
    """Yield a sentence for each kind of fact that became known after `as_of`.

    The bench's findings are not among them: of those signs of a hazard count all the same.
    """
    late = f"became known after as_of {as_of.isoformat()}"
    for name in sorted(rma.later_than(as_of)):
        yield f"rma.{name} {late}: the score does not count it"
    if scans_later := sum(scan.known_since > as_of for scan in scans):
        yield f"{_counted(scans_later, 'scan')} {late}: the score does not count what came later"
    if history is not None:
        yield from _of_history(history, as_of, late)


def _of_history(history: History, as_of: datetime, late: str) -> Iterator[str]:
    if history.orders_count is not None and history.counted_by(as_of).orders_count is None:
        yield f"history.orders_count {late}: the score does not count it"
    priors = history.prior_returns
    if asked := sum(prior.requested_at > as_of for prior in priors):
        yield f"{_counted(asked, 'earlier return')} asked for after as_of: not counted by the score"
    told = sum(prior.requested_at <= as_of and is_told_after(prior, as_of) for prior in priors)
    if told:
        yield f"{_counted(told, 'outcome')} of earlier returns {late}: to the score still unknown"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
