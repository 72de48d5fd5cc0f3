"""Score returns as the simulated operator does when choosing what to review."""

import numpy as np

from data.case_columns import Floats
from data.world.draws import Mask
from data.world.parcels.benches import Bench
from data.world.parcels.parcels import Parcels
from data.world.people.parties import Parties
from data.world.people.people import DAY_S
from data.world.returns.claims import Claims
from data.world.returns.goods import Goods

# Points of the rule baseline that practitioners use; what is measured is training/fraud/points-1.yaml.
SERIAL, WEIGHT, RECEIPT, ACCOUNT, REASON, ADDRESS, NOT_ARRIVED = 40, 25, 15, 10, 10, 10, 25


def operator_points(parties: Parties, goods: Goods, claims: Claims, parcels: Parcels, bench: Bench) -> Floats:
    """Add up the points of what the operator's own system notices."""
    mismatch = bench.serial_read & (bench.serial != goods.serial).any(axis=1)
    off = np.abs(bench.weight_g / goods.packed_weight_g - 1.0) > 0.05
    noticed: list[tuple[int, Mask]] = [
        (SERIAL, mismatch),
        (WEIGHT, off),
        (RECEIPT, claims.has_receipt == 0.0),
        (ACCOUNT, parties.created_s > claims.ordered_s - 30 * DAY_S),
        (REASON, claims.first_reason != claims.reason),
        (ADDRESS, parties.pickup_address != parties.address),
        (NOT_ARRIVED, np.isnan(parcels.inducted_s)),
    ]
    return np.asarray(np.sum([points * mask for points, mask in noticed], axis=0), dtype=np.float64)
