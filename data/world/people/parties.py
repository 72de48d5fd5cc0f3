"""Choose the account, addresses and payment of each return."""

from dataclasses import dataclass

import numpy as np

from data.case_columns import Codes, Floats
from data.world.draws import Rng, chance
from data.world.figures import WorldFigures
from data.world.people.intent import Intent
from data.world.people.people import DAY_S, People
from data.world.people.traces import draw_trace

FRESH_FROM = 30_000_000_000
MOVED_TO = 50_000_000_000


@dataclass(frozen=True)
class Parties:
    """One row a return; equal numbers mean the same account, address or payment."""

    account: Codes
    address: Codes
    pickup_address: Codes
    payment: Codes
    created_s: Floats
    country: Codes
    latitude_deg: Floats
    longitude_deg: Floats
    orders_count: Floats


def draw_parties(rng: Rng, people: People, intent: Intent, figures: WorldFigures, *, first: int) -> Parties:
    """Return the account, addresses and payment of each return.

    Lone fraudsters sometimes make a new account with its own payment.

    Somebody who moved house sends from the new one, and for a while orders still name the old one.
    """
    who, count = intent.customer, len(intent)
    fresh = intent.fresh_account
    number = FRESH_FROM + first + np.arange(count, dtype=np.int64)
    fresh_created = intent.requested_s - rng.gamma(2.0, 16.0, count) * DAY_S
    created = np.where(fresh, fresh_created, people.created_s[who])
    elsewhere = draw_trace(rng, figures, intent, "pickup_elsewhere")
    moved_in = chance(rng, 0.5, count)
    settled = intent.requested_s - figures["population"]["old_address_days"] * DAY_S
    home = np.where(people.moves_s[who] <= settled, MOVED_TO + who, people.address[who])
    address = np.where(fresh & ~moved_in, number, home)
    moved = np.where(people.moves_s[who] <= intent.requested_s, MOVED_TO + who, address)
    years = np.clip((intent.requested_s - created) / (365 * DAY_S), 0.05, 4.0)
    orders = rng.poisson(people.orders_rate[who] * years) + 1.0
    return Parties(
        account=np.where(fresh, number, who),
        address=address,
        pickup_address=np.where(elsewhere, FRESH_FROM * 2 + number, np.where(fresh, address, moved)),
        payment=np.where(fresh & chance(rng, 0.7, count), number, people.payment[who]),
        created_s=created,
        country=people.country[who],
        latitude_deg=people.latitude_deg[who],
        longitude_deg=people.longitude_deg[who],
        orders_count=np.where(fresh, 1.0 + rng.poisson(2.0, count), orders),
    )
