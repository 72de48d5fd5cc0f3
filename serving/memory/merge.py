"""Merge what our own record knew into a case: lists without doubles, of counts the larger."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from data.case import ReturnCase
from data.history import History, Link, PriorOutcome, PriorReturn, distinct_returns
from data.identity.spelling import plain_name
from data.memory.memory import KnownReturn, Memory
from data.scan import ScanEvent
from data.verification import Verification
from serving.memory.bounds import Bounds, read_bounds


def with_memory(case: ReturnCase, memory: Memory | None, bounds: Bounds | None = None) -> ReturnCase:
    """Return the case as it is decided: what was sent, and what our own record knew beside it.

    Needs nothing but both, so that a kept decision is rebuilt from what is kept.
    """
    if memory is None:
        return case
    history = _merged_history(case, memory, bounds or read_bounds())
    merged = with_facts(case, memory.scans, memory.verification)
    return merged.model_copy(update={"history": history})


def with_facts(
    case: ReturnCase, scans: Sequence[Mapping[str, Any]], verification: Mapping[str, Any] | None
) -> ReturnCase:
    """Return a case with more scans, and with a verification where one is given.

    Signs of a hazard that were sent stay, whatever the clock says of when they were seen.
    """
    if not scans and verification is None:
        return case
    update: dict[str, Any] = {"scans": (*case.scans, *(ScanEvent.model_validate(scan) for scan in scans))}
    if verification is not None:
        found = Verification.model_validate(verification)
        signs = found.battery_signs | (case.verification.hazard_signs if case.verification else frozenset())
        update["verification"] = found.model_copy(update={"battery_signs": signs})
    return case.model_copy(update=update)


def _merged_history(case: ReturnCase, memory: Memory, bounds: Bounds) -> History | None:
    if not memory.returns:
        return case.history
    sent = case.history.counted_by(case.as_of) if case.history else None
    # As known by `as_of`: what was only told later must not stand over what we knew then.
    priors = _merged_returns(case, case.known_returns, memory.returns)
    # Who sent no count of orders leaves it unknown: that of the orders that were returned is no count of all.
    orders = sent.orders_count if sent else None
    if orders is not None and memory.orders_count is not None:
        orders = max(orders, memory.orders_count)
    return History(orders_count=orders, prior_returns=priors[: bounds.returns_most])


def _merged_returns(
    case: ReturnCase, sent: Sequence[PriorReturn], known: Sequence[KnownReturn]
) -> tuple[PriorReturn, ...]:
    """Return every earlier return once: those that were sent first, then frauds, then the newest."""
    names = _names(sent, known)
    own = [_prior(case, one, names) for one in sorted(known, key=_weight)]
    return distinct_returns([*sent, *own])


def _weight(one: KnownReturn) -> tuple[bool, float, str]:
    return one.outcome is not PriorOutcome.FRAUD, -one.requested_at.timestamp(), one.rma_id


def _names(sent: Iterable[PriorReturn], known: Sequence[KnownReturn]) -> dict[str, str]:
    """Return how customers of known returns are called by whoever sent one of their returns as well."""
    sent_names = {plain_name(prior.rma_id): prior.customer_id for prior in sent if prior.customer_id}
    names: dict[str, str] = {}
    for one in known:
        name = sent_names.get(plain_name(one.rma_id))
        if one.customer and name:
            names.setdefault(one.customer, name)
    return names


def _prior(case: ReturnCase, one: KnownReturn, names: Mapping[str, str]) -> PriorReturn:
    customer = names.get(one.customer, one.customer) if one.customer else None
    return PriorReturn(
        rma_id=one.rma_id,
        links=frozenset(one.links),
        customer_id=case.rma.customer_id if Link.CUSTOMER in one.links else customer,
        requested_at=one.requested_at,
        value=one.value,
        outcome=one.outcome,
        outcome_known_at=one.outcome_known_at,
    )
