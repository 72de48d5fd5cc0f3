"""A plain store of returns, fed event by event in the order of time, as an operator's own system would be."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

import numpy as np

from data.fraud import Moment
from data.history import Link, PriorOutcome
from data.world import Block, WorldSettings
from data.world.block import CURRENCIES
from data.world.figures import load_figures
from data.world.returns.ledger import PER_LINK
from data.world.written.messages import case_messages
from data.world.written.names import identifiers, instants, picked, rma_ids

Fields = dict[str, Any]
REQUESTED, REVIEWED, ASKED = range(3)


@dataclass
class Return:
    """What one return shares with others, as its RMA, its label and its photos say; -1 for nothing."""

    rma_id: str
    keys: dict[Link, int]
    prior: Fields
    orders_count: int
    earlier: list[tuple[str, list[str]]] = field(default_factory=list)


class Store:
    """Returns so far by what they share, and what has become known of each."""

    def __init__(self) -> None:
        self._returns: dict[str, Return] = {}
        self._by_key: dict[tuple[Link, int], list[str]] = defaultdict(list)

    def request(self, one: Return) -> None:
        """Take a new return in, after looking up which of the latest it is linked with."""
        links: dict[str, list[str]] = {}
        for link, key in one.keys.items():
            if key < 0:
                continue
            for rma_id in self._by_key[link, key][-PER_LINK:]:
                links.setdefault(rma_id, []).append(link.value)
            self._by_key[link, key].append(one.rma_id)
        one.earlier = sorted(links.items())
        self._returns[one.rma_id] = one

    def review(self, rma_id: str, outcome: str, known_at: str) -> None:
        """Note what a review concluded."""
        self._returns[rma_id].prior |= {"outcome": outcome, "outcome_known_at": known_at}

    def history(self, rma_id: str) -> Fields:
        """Return the history of one return as the API takes it, with what is known just now."""
        one = self._returns[rma_id]
        priors = [
            {**self._returns[other].prior, "rma_id": other, "links": links} for other, links in one.earlier
        ]
        return {"orders_count": one.orders_count, "prior_returns": priors}


@dataclass(frozen=True)
class Asking:
    """One question to the live service, and where its answer lies offline."""

    case: Fields
    block: int
    row: int
    moment: Moment


def replay(blocks: list[Block], settings: WorldSettings) -> Iterator[Asking]:
    """Feed a world to a store second by second, and ask about each return at one of its moments."""
    store = Store()
    messages = [list(case_messages(block, load_figures(), settings)) for block in blocks]
    events = (_events(number, block) for number, block in enumerate(blocks))
    for _, kind, _, event in merge(*events, key=lambda one: one[:3]):
        if kind == REQUESTED:
            store.request(event)
        elif kind == REVIEWED:
            store.review(*event)
        else:
            number, row, moment, as_of = event
            message = messages[number][row]
            case = message | {"history": store.history(message["rma"]["rma_id"]), "as_of": as_of}
            yield Asking(_seen_by(case, as_of), number, row, moment)


def _events(number: int, block: Block) -> list[tuple[float, int, int, Any]]:
    """List what happens to the returns of a block; what happens at the same second counts as known."""
    requested, known = block.intent.requested_s.tolist(), block.reviews.known_s.tolist()
    outcomes, known_at = picked(PriorOutcome, block.reviews.outcome), instants(block.reviews.known_s)
    as_of = {moment: block.as_of(moment) for moment in Moment}
    texts = {moment: instants(seconds) for moment, seconds in as_of.items()}
    found: list[tuple[float, int, int, Any]] = []
    for row, one in enumerate(_returns(block)):
        order = block.first + row
        moment = list(Moment)[order % len(Moment)]
        if np.isnan(as_of[moment][row]):
            moment = Moment.T1
        found.append((requested[row], REQUESTED, order, one))
        found.append((as_of[moment][row], ASKED, order, (number, row, moment, texts[moment][row])))
        if known_at[row] is not None:
            found.append((known[row], REVIEWED, order, (one.rma_id, outcomes[row], known_at[row])))
    return sorted(found, key=lambda one: one[:3])


def _returns(block: Block) -> Iterator[Return]:
    keys = {
        Link.CUSTOMER: block.parties.account,
        Link.ADDRESS: block.parties.address,
        Link.PAYMENT: block.parties.payment,
        Link.DEVICE: block.goods.unit,
        Link.LABEL: block.reuse.label,
        Link.PHOTO: block.reuse.photo,
    }
    requested_at = instants(block.intent.requested_s)
    customers, currencies = identifiers("C", block.parties.account), CURRENCIES[block.parties.country]
    for row, rma_id in enumerate(rma_ids(block.first + np.arange(len(block)))):
        prior = {
            "customer_id": customers[row],
            "requested_at": requested_at[row],
            "value": {"amount": float(block.amount[row]), "currency": currencies[row]},
        }
        shared = {link: int(numbers[row]) for link, numbers in keys.items()}
        yield Return(rma_id, shared, prior, int(block.parties.orders_count[row]))


def _seen_by(case: Fields, as_of: str) -> Fields:
    """Drop the scans and the bench visit that were not known yet: a live system has none of the future.

    The texts of instants are of equal length, so they sort as the times do.
    """
    scans = [scan for scan in case["scans"] if scan.get("known_at", scan["time"]) <= as_of]
    visit = case.get("verification")
    kept = {"verification": visit} if visit and visit["verified_at"] <= as_of else {"verification": None}
    return case | {"scans": scans} | kept
