"""Draw what the customer says when asking for the return, and what the order system has kept."""

from dataclasses import dataclass

import numpy as np

from data.case_columns import Codes, Floats
from data.fraud import Typology
from data.rma import Channel, Ownership, ReturnReason
from data.world.draws import Mask, Rng, by_quantiles, chance, pick, pick_by_row
from data.world.figures import HONEST, TYPOLOGIES, WorldFigures
from data.world.people.intent import Intent
from data.world.people.parties import Parties
from data.world.people.people import DAY_S
from data.world.people.traces import draw_trace
from data.world.returns.goods import Goods

REASONS = list(ReturnReason)
DEFECTIVE = REASONS.index(ReturnReason.DEFECTIVE)
WARDROBING = TYPOLOGIES.index(Typology.WARDROBING)


@dataclass(frozen=True)
class Claims:
    """One row a return. NaN, -1 and a False in `names_pickup` mean that the order system does not say.

    `faulty` is the truth about an honest device that failed within days.
    """

    channel: Codes
    reason: Codes
    first_reason: Codes
    ownership: Codes
    ordered_s: Floats
    delivered_s: Floats
    account_created_s: Floats
    window_days: Floats
    has_receipt: Floats
    declared_rank: Floats
    true_rank: Codes
    names_pickup: Mask
    faulty: Mask


def draw_claims(rng: Rng, intent: Intent, parties: Parties, goods: Goods, figures: WorldFigures) -> Claims:
    """Draw dates, reason, receipt and declared grade of each return."""
    section, count = figures["orders"], len(intent)
    window = np.array(list(section["window_days"]), dtype=np.float64)[
        pick(rng, section["window_days"], count)
    ]
    lag_s = _request_lag_days(rng, intent, figures, window) * DAY_S
    ordered = np.floor(intent.requested_s - lag_s)
    low, high = section["delivery_days"]
    delivered = ordered + np.floor(np.minimum(rng.uniform(low, high, count) * DAY_S, lag_s * 0.7))
    faulty = _fail_at_once(rng, intent, section["faulty_at_once"], lag_s / DAY_S)
    reason = np.where(faulty, DEFECTIVE, _reasons(rng, intent, figures))
    first = np.where(
        draw_trace(rng, figures, intent, "reason_changed"), _reasons(rng, intent, figures), reason
    )
    channel = pick_by_row(rng, _channel_weights(figures)[np.where(intent.typology == HONEST, 0, 1)])
    true_rank = _true_ranks(rng, goods, lag_s / DAY_S)
    missing = section["fact_missing"]
    created = np.minimum(parties.created_s, ordered - rng.exponential(3.0, count) * DAY_S)
    has_receipt = (~draw_trace(rng, figures, intent, "no_receipt")).astype(np.float64)
    return Claims(
        channel=channel,
        reason=reason,
        first_reason=first,
        ownership=_ownership(rng, channel, count),
        ordered_s=ordered,
        delivered_s=_forget(rng, delivered, missing["delivered_at"]),
        account_created_s=_forget(rng, np.floor(created), missing["account_created_at"]),
        window_days=_forget(rng, window, missing["return_window"]),
        has_receipt=_forget(rng, has_receipt, missing["has_receipt"]),
        declared_rank=_forget(rng, _declared(rng, intent, figures, true_rank), missing["declared_grade"]),
        true_rank=true_rank,
        names_pickup=~chance(rng, missing["pickup_address"], count),
        faulty=faulty,
    )


def _request_lag_days(rng: Rng, intent: Intent, figures: WorldFigures, window: Floats) -> Floats:
    """Draw the days from purchase to request; wardrobing comes back as the window closes."""
    lag = by_quantiles(rng, figures["orders"]["request_lag_days"], len(intent))
    late = draw_trace(rng, figures, intent, "end_of_window")
    return np.where(late, window * rng.uniform(0.75, 1.0, len(intent)), lag)


def _fail_at_once(rng: Rng, intent: Intent, section: dict[str, float], lag_days: Floats) -> Mask:
    """Draw which honest devices were faulty out of the box, which is why they come back so soon."""
    soon = (intent.typology == HONEST) & (lag_days <= section["within_days"])
    return np.asarray(soon & chance(rng, section["share"], len(lag_days)))


def _reasons(rng: Rng, intent: Intent, figures: WorldFigures) -> Codes:
    """Draw a reason by typology; some say nothing."""
    shares = figures["orders"]["reason"]
    taste = figures["choices"]["reason"]
    rows = [
        [shares[name] * taste.get(kind.value, {}).get(name, 1.0) for name in shares] for kind in TYPOLOGIES
    ]
    weights = np.array([*rows, list(shares.values())])
    codes = np.array([REASONS.index(ReturnReason(name)) for name in shares])
    drawn = codes[pick_by_row(rng, weights[intent.trace])]
    silent = chance(rng, figures["orders"]["reason_unknown"], len(intent))
    return np.where(silent, REASONS.index(ReturnReason.UNKNOWN), drawn)


def _channel_weights(figures: WorldFigures) -> Floats:
    shares = figures["orders"]["channel"]
    taste = figures["choices"]["channel_of_fraud"]
    names = [channel.value for channel in Channel]
    return np.array([[shares[name] for name in names], [shares[name] * taste[name] for name in names]])


def _ownership(rng: Rng, channel: Codes, count: int) -> Codes:
    """Draw who owns it; enterprise clients mostly lease."""
    leased = channel == list(Channel).index(Channel.ENTERPRISE_CLIENT)
    drawn = pick(
        rng, {Ownership.OWNED: 0.55, Ownership.FINANCED: 0.25, Ownership.LEASED: 0.0, "?": 0.2}, count
    )
    return np.where(leased & chance(rng, 0.6, count), list(Ownership).index(Ownership.LEASED), drawn)


def _true_ranks(rng: Rng, goods: Goods, days_owned: Floats) -> Codes:
    """Draw how worn the unit really is, 0 (A) to 4 (E): the longer owned, the worse."""
    wear = rng.gamma(1.2, 0.55, len(days_owned)) + np.minimum(days_owned / 60.0, 2.0) * rng.random(
        len(days_owned)
    )
    portable = np.where(goods.device_class <= 2, 1.25, 0.7)
    return np.minimum(np.floor(wear * portable), 4).astype(np.int64)


def _declared(rng: Rng, intent: Intent, figures: WorldFigures, true_rank: Codes) -> Floats:
    """Draw the declared grade: many claim like new, the rest are about right."""
    like_new = draw_trace(rng, figures, intent, "declared_like_new")
    honest = np.clip(true_rank + rng.integers(-1, 2, len(true_rank)), 0, 4)
    return np.where(like_new, 0, honest).astype(np.float64)


def _forget(rng: Rng, values: Floats, share: float) -> Floats:
    """Lose a share of the values."""
    return np.where(chance(rng, share, len(values)), np.nan, values.astype(np.float64))
