"""Define a stretch of the simulated year: the truth, what was seen of it, and the same cases as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.case_columns import (
    CaseColumns,
    Codes,
    FindingColumns,
    Floats,
    PriorColumns,
    RmaColumns,
    ScanColumns,
    Texts,
    VerificationColumns,
)
from data.fraud import Moment
from data.history import PriorOutcome
from data.rma import Ownership
from data.world.draws import Mask
from data.world.parcels.benches import Bench
from data.world.parcels.parcels import HOUR_S, Parcels
from data.world.people.intent import Intent
from data.world.people.parties import Parties
from data.world.returns.claims import Claims
from data.world.returns.goods import Goods
from data.world.returns.ledger import Entries, Pairs
from data.world.returns.reuse import Reuse
from data.world.review.reviews import Reviews

CURRENCIES = np.array(["USD", "CAD", "MXN", "GBP"], dtype=object)
# What the simulated shop charges for one dollar of value; the world's own figure, not a market rate.
PRICE_PER_USD = np.array([1.0, 1.35, 17.0, 0.8])
UNKNOWN_OUTCOME = list(PriorOutcome).index(PriorOutcome.UNKNOWN)
NO_SCAN_WAIT_S = 30 * 24 * HOUR_S
NOT_INDUCTED_WAIT_S = 72 * HOUR_S


@dataclass(frozen=True)
class Block:
    """Consecutive returns of one world, in order of request; `first` is the number of the first one."""

    first: int
    intent: Intent
    parties: Parties
    goods: Goods
    claims: Claims
    parcels: Parcels
    scans: ScanColumns
    bench: Bench
    findings: FindingColumns
    reuse: Reuse
    reviews: Reviews
    pairs: Pairs
    entries: Entries
    amount: Floats
    expects_weight: Floats
    names_serial: Floats

    def __len__(self) -> int:
        return len(self.intent)

    def as_of(self, moment: Moment) -> Floats:
        """Return when each return reaches a moment; NaN at T2 for a parcel that never came to the bench."""
        if moment is Moment.T0:
            return self.intent.requested_s
        if moment is Moment.T2:
            return self.bench.verified_s
        inducted = self.parcels.inducted_s
        waited = np.maximum(self.parcels.delivered_s + NOT_INDUCTED_WAIT_S, self.intent.requested_s)
        return np.where(
            np.isnan(inducted), np.minimum(waited, self.parcels.label_s + NO_SCAN_WAIT_S * 2), inducted
        )

    def last_as_of(self) -> Floats:
        """Return the latest moment each return reaches."""
        verified = self.bench.verified_s
        return np.where(np.isnan(verified), self.as_of(Moment.T1), verified)

    def columns(self) -> CaseColumns:
        """Return the cases as columns, at their latest moment."""
        return CaseColumns(
            as_of_s=self.last_as_of(),
            rma=self._rma(),
            priors=self._priors(),
            scans=self.scans,
            verification=self._verification(),
            findings=self.findings,
        )

    def serial_texts(self) -> tuple[Texts, Texts]:
        """Return the expected and the observed serials, None where unknown."""
        expected = _where(~np.isnan(self.names_serial), _texts(self.goods.serial))
        return expected, _where(self.bench.serial_read, _texts(self.bench.serial))

    def imei_texts(self) -> tuple[Texts, Texts]:
        """Return the expected and the observed IMEIs, None where unknown."""
        known = (self.goods.imei > 0) & ~np.isnan(self.names_serial)
        return _digits(np.where(known, self.goods.imei, 0)), _digits(self.bench.imei)

    def _rma(self) -> RmaColumns:
        claims, count = self.claims, len(self)
        same = (self.parties.pickup_address != self.parties.address).astype(np.float64)
        return RmaColumns(
            channel=claims.channel,
            reason=claims.reason,
            first_reason=claims.first_reason,
            device_class=self.goods.device_class,
            ownership=np.minimum(claims.ownership, len(Ownership) - 1),
            ordered_s=claims.ordered_s,
            delivered_s=claims.delivered_s,
            requested_s=self.intent.requested_s,
            account_created_s=claims.account_created_s,
            return_window_days=claims.window_days,
            has_receipt=claims.has_receipt,
            picked_up_elsewhere=np.where(claims.names_pickup, same, np.nan),
            declared_rank=claims.declared_rank,
            accessories_expected=_bits(self.goods.accessories),
            expected_weight_g=self.expects_weight,
            amount=self.amount,
            currency=CURRENCIES[self.parties.country],
            category=np.full(count, None, dtype=object),
            expected_serial=self.serial_texts()[0],
            expected_imeis=_listed(self.imei_texts()[0]),
            has_history=np.ones(count),
            orders_count=self.parties.orders_count,
        )

    def _priors(self) -> PriorColumns:
        entries, pairs = self.entries, self.pairs
        entry = pairs.entry
        known = entries.known_s[entry] <= self.last_as_of()[pairs.row]
        return PriorColumns(
            row=pairs.row,
            links=pairs.links,
            customer=entries.account[entry],
            requested_s=entries.requested_s[entry],
            amount=entries.amount[entry],
            currency=CURRENCIES[entries.country[entry]],
            outcome=np.where(known, entries.outcome[entry], UNKNOWN_OUTCOME),
            outcome_known_s=np.where(known, entries.known_s[entry], np.nan),
        )

    def _verification(self) -> VerificationColumns:
        bench = self.bench
        gone = _bits(self.goods.accessories & ~bench.accessories)
        return VerificationColumns(
            verified_s=bench.verified_s,
            outcome=bench.outcome,
            observed_class=bench.observed_class,
            observed_serial=self.serial_texts()[1],
            observed_imeis=_listed(self.imei_texts()[1]),
            weight_g=bench.weight_g,
            accessories_missing=np.where(bench.accessories_counted, gone, np.nan),
            seal=bench.seal,
            lock=bench.lock,
            list_status=bench.list_status,
            functional=bench.functional,
        )


def _where(known: Mask, texts: Texts) -> Texts:
    """Replace what is not known by None."""
    texts[~known] = None
    return texts


def _texts(letters: NDArray[np.uint8]) -> Texts:
    joined = np.ascontiguousarray(letters).view(f"S{letters.shape[1]}").ravel()
    return joined.astype("U").astype(object)


def _digits(numbers: Codes) -> Texts:
    return np.array([str(number) if number else None for number in numbers.tolist()], dtype=object)


def _listed(texts: Texts) -> Texts:
    """Put each text into a tuple of its own, and nothing into an empty one."""
    listed = np.empty(len(texts), dtype=object)
    for place, text in enumerate(texts.tolist()):
        listed[place] = (text,) if text else ()
    return listed


def _bits(masks: Codes) -> Floats:
    return np.asarray(np.bitwise_count(masks), dtype=np.float64)
