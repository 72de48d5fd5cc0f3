"""Return what an operator in a simulated world would learn from, and later returns with their truth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.fraud import Moment
from data.world import Block, WorldSettings, simulate
from data.world.calendar import start_second
from data.world.figures import WorldFigures
from data.world.people.people import DAY_S
from data.world.review.reviews import UNKNOWN
from features.case.case_vector import compute
from features.case.history import FRAUD
from training.fraud.own.own_rows import OwnRows, join_own
from training.fraud.rows import Matrix
from training.fraud.world.unsent import without

# What no file of cases holds.
NO_PHOTOS = ("photos",)


@dataclass(frozen=True)
class Later:
    """Later returns at T2 with their truth: as a case file has them, and with what their photos showed."""

    matrix: Matrix
    with_photos: Matrix
    is_fraud: NDArray[np.bool_]


@dataclass(frozen=True)
class OwnWorld:
    """The returns of one operator: those of known outcome, and later ones to measure on."""

    known: OwnRows
    later: Later


def own_world(
    settings: WorldSettings, figures: WorldFigures, known_day: float, weight_limit: float
) -> OwnWorld:
    """Simulate the year of an operator, whose outcomes count as far as they were known by a day of it."""
    known, later = [], []
    for block in simulate(settings, figures):
        day = (block.intent.requested_s - start_second(settings)) / DAY_S
        known_on = (block.reviews.known_s - start_second(settings)) / DAY_S
        is_known = (block.reviews.outcome != UNKNOWN) & (known_on <= known_day) & (day < known_day)
        known += list(_known(block, np.flatnonzero(is_known), weight_limit))
        later.append(_later(block, np.flatnonzero(day >= known_day)))
    return OwnWorld(
        join_own(known),
        Later(*(np.concatenate([getattr(part, name) for part in later]) for name in vars(later[0]))),
    )


def _known(block: Block, positions: NDArray[np.int64], weight_limit: float) -> Iterator[OwnRows]:
    """Yield the rows at each moment, as files of cases have them: nobody sends what photos showed."""
    cases = without(block.columns(), NO_PHOTOS)
    reviews = block.reviews
    for moment in Moment:
        as_of = block.as_of(moment)
        reached = positions[~np.isnan(as_of[positions])]
        matrix = compute(cases.take(reached).at(as_of[reached]))
        is_fraud = reviews.outcome[reached] == FRAUD
        yield OwnRows(
            matrix=matrix,
            stage=matrix[:, 0].astype(np.int8),
            target=is_fraud.astype(np.int8),
            weight=np.minimum(1.0 / reviews.propensity[reached], weight_limit),
            number=block.first + reached,
            customer=block.parties.account[reached],
            requested_s=block.intent.requested_s[reached],
            known_s=reviews.known_s[reached],
            typology=np.where(is_fraud, block.intent.typology[reached], -1).astype(np.int8),
            channel=block.claims.channel[reached],
        )


def _later(block: Block, positions: NDArray[np.int64]) -> Later:
    as_of = block.as_of(Moment.T2)
    reached = positions[~np.isnan(as_of[positions])]
    plain, seen = (
        compute(cases.take(reached).at(as_of[reached]))
        for cases in (without(block.columns(), NO_PHOTOS), block.columns())
    )
    return Later(plain, seen, block.intent.typology[reached] >= 0)
