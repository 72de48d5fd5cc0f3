"""Keep the returns of the last year, and find those that share something with a new one."""

from dataclasses import dataclass, fields, replace

import numpy as np

from data.case_columns import Codes, Floats
from data.world.draws import Rng

KEPT_S = 365 * 86_400.0
PER_LINK = 24


@dataclass(frozen=True)
class Entries:
    """Returns in order of request; `photo` is -1 for none.

    `outcome` follows PriorOutcome; `known_s` is NaN while unknown.
    """

    number: Codes
    account: Codes
    address: Codes
    payment: Codes
    unit: Codes
    model: Codes
    label: Codes
    photo: Codes
    requested_s: Floats
    amount: Floats
    country: Codes
    outcome: Codes
    known_s: Floats

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Pairs:
    """New returns (`row`), each with an earlier one (`entry` in ledger and block) and what they share."""

    row: Codes
    entry: Codes
    links: Codes


@dataclass(frozen=True)
class Ledger:
    """The returns so far, at most a year back."""

    entries: Entries

    def draw(self, rng: Rng, count: int) -> Codes:
        """Draw entries older than the last few days, -1 while the ledger is empty."""
        usable = int(len(self.entries) * 0.9)
        marks = rng.random(count)
        return (marks * usable).astype(np.int64) if usable else np.full(count, -1, dtype=np.int64)

    def unit_at(self, entry: Codes) -> Codes:
        """Return the unit of each entry; 0 for entry -1."""
        return _at(self.entries.unit, entry)

    def model_at(self, entry: Codes) -> Codes:
        """Return the model of each entry; 0 for entry -1."""
        return _at(self.entries.model, entry)

    def label_at(self, entry: Codes) -> Codes:
        """Return the shipping label of each entry; 0 for entry -1."""
        return _at(self.entries.label, entry)

    def photo_at(self, entry: Codes) -> Codes:
        """Return the photos of each entry, -1 for none; 0 for entry -1."""
        return _at(self.entries.photo, entry)

    def extended(self, block: Entries) -> "Ledger":
        """Return the ledger with a block of later returns."""
        columns = {
            field.name: np.concatenate([getattr(self.entries, field.name), getattr(block, field.name)])
            for field in fields(Entries)
        }
        return Ledger(Entries(**columns))

    def forgotten(self, now_s: float) -> "Ledger":
        """Return the ledger without what is more than a year old."""
        first = int(np.searchsorted(self.entries.requested_s, now_s - KEPT_S))
        columns = {field.name: getattr(self.entries, field.name)[first:] for field in fields(Entries)}
        return Ledger(replace(self.entries, **columns))

    def linked(self, new_from: int) -> Pairs:
        """Pair each entry from `new_from` on with earlier ones that share what a Link names.

        At most PER_LINK of the latest for each kind of link; pairs come sorted by row, then by time.
        """
        entries = self.entries
        found = [
            _latest(keys, new_from, bit)
            for bit, keys in enumerate(
                [
                    entries.account,
                    entries.address,
                    entries.payment,
                    entries.unit,
                    entries.label,
                    entries.photo,
                ]
            )
        ]
        row, entry, bit = (np.concatenate(parts) for parts in zip(*found, strict=True))
        pair, where = np.unique(row * len(entries) + entry, return_inverse=True)
        links = np.zeros(len(pair), dtype=np.int64)
        np.bitwise_or.at(links, where, 1 << bit)
        return Pairs(pair // len(entries) - new_from, pair % len(entries), links)


def empty_ledger() -> Ledger:
    """Return a ledger without returns."""
    no_numbers, no_times = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Ledger(
        Entries(
            number=no_numbers,
            account=no_numbers,
            address=no_numbers,
            payment=no_numbers,
            unit=no_numbers,
            model=no_numbers,
            label=no_numbers,
            photo=no_numbers,
            requested_s=no_times,
            amount=no_times,
            country=no_numbers,
            outcome=no_numbers,
            known_s=no_times,
        )
    )


def _at(values: Codes, entry: Codes) -> Codes:
    if not len(values):
        return np.zeros(len(entry), dtype=np.int64)
    return values[np.maximum(entry, 0)]


def _latest(keys: Codes, new_from: int, bit: int) -> tuple[Codes, Codes, Codes]:
    """Find for each new entry the latest earlier entries with the same key; -1 is no key."""
    # Only what shares a key with a new entry is sorted: a year holds millions, a block thousands.
    new = keys[new_from:]
    shared = np.flatnonzero(np.isin(keys, new[new >= 0]))
    order = shared[np.argsort(keys[shared], kind="stable")]
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[len(ordered) > 0, ordered[1:] != ordered[:-1]])
    group_start = np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))
    place = np.arange(len(ordered))
    is_new = order >= new_from
    reach = np.minimum(place - group_start, PER_LINK)[is_new]
    row = np.repeat(order[is_new], reach)
    step = np.arange(len(row)) - np.repeat(np.cumsum(reach) - reach, reach)
    entry = order[np.repeat(place[is_new] - reach, reach) + step]
    return row, entry, np.full(len(row), bit, dtype=np.int64)
