"""Turn a simulated world into rows: each return at T0, T1 and T2, with what reviewers said of it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from data.case_columns import CaseColumns, Codes
from data.fraud import Moment
from data.world import Block, WorldSettings, simulate
from data.world.calendar import start_second
from data.world.people.people import DAY_S
from data.world.review.reviews import UNKNOWN
from features.case.case_vector import compute
from features.case.contract import case_contract
from features.case.history import FRAUD
from training.fraud.rows import Labelled, Matrix, Part
from training.fraud.settings import LabelNoise, WorldSplit
from training.fraud.world.unsent import Senders, without

Send = Callable[[CaseColumns, Codes, int], CaseColumns]


@dataclass(frozen=True)
class Measured:
    """Rows to measure on, with the truth that no operator has; `typology` is -1 for honest."""

    matrix: Matrix
    moment: Codes
    number: Codes
    typology: Codes
    channel: Codes
    value_usd: NDArray[np.float64]

    @property
    def is_fraud(self) -> NDArray[np.bool_]:
        """Return the truth of each row."""
        return self.typology >= 0

    def at(self, moment: Moment) -> "Measured":
        """Return the rows of one moment."""
        return self.where(self.moment == int(moment.value[1]))

    def where(self, kept: NDArray[np.bool_]) -> "Measured":
        """Return some of the rows."""
        return Measured(
            self.matrix[kept],
            self.moment[kept],
            self.number[kept],
            self.typology[kept],
            self.channel[kept],
            self.value_usd[kept],
        )


def replay_world(
    settings: WorldSettings,
    split: WorldSplit,
    noise: LabelNoise,
    *,
    senders: Senders | None = None,
    quiet: bool = False,
) -> tuple[Labelled, Measured]:
    """Return the labelled rows up to `calibrate_until`, and later returns with their truth.

    senders: each labelled row stands there once more, as one of them would have sent it.
    """
    labelled, measured = zip(
        *replay_blocks(settings, split, noise, senders=senders, quiet=quiet), strict=True
    )
    return join_labelled(labelled), sample_returns(join_measured(measured), split.test_returns, settings.seed)


def replay_blocks(
    settings: WorldSettings,
    split: WorldSplit,
    noise: LabelNoise,
    *,
    every: int = 1,
    senders: Senders | None = None,
    quiet: bool = False,
) -> Iterator[tuple[Labelled, Measured]]:
    """Yield both for one block of the world after the other, so that a caller may keep less of them.

    every: measure on returns whose number is a multiple of it.
    """
    with tqdm(total=settings.returns, unit=" returns", desc="replay", disable=quiet) as progress:
        for block in simulate(settings):
            yield (
                _labelled(block, settings, split, noise, senders),
                measure_block(block, settings, first_day=split.calibrate_until, every=every),
            )
            progress.update(len(block))


def measure_block(
    block: Block, settings: WorldSettings, *, first_day: float, every: int = 1, lacks: Collection[str] = ()
) -> Measured:
    """Return the rows of the returns asked for from a day of the year on, at each moment they reached.

    lacks: facts that none of them says.
    """
    day = (block.intent.requested_s - start_second(settings)) / DAY_S
    number = block.first + np.arange(len(block))
    positions = np.flatnonzero((day >= first_day) & (number % every == 0))
    matrix, moment, row = _expand(block, positions, lambda cases, *_: without(cases, lacks))
    return Measured(
        matrix,
        moment,
        block.first + row,
        block.intent.typology[row],
        block.claims.channel[row],
        block.goods.value_usd[row],
    )


def join_measured(parts: Sequence[Measured]) -> Measured:
    """Return all blocks as one."""
    return Measured(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("matrix", "moment", "number", "typology", "channel", "value_usd")
        )
    )


def join_labelled(parts: Sequence[Labelled]) -> Labelled:
    """Return all blocks as one."""
    columns = ("matrix", "target", "weight", "part", "group", "stage", "typology")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return Labelled(names=parts[0].names, **joined)


def sample_returns(measured: Measured, returns: int, seed: int) -> Measured:
    """Draw so many of the returns, with all their rows."""
    numbers = np.unique(measured.number)
    if len(numbers) <= returns:
        return measured
    kept = np.random.default_rng(seed).choice(numbers, returns, replace=False)
    return measured.where(np.isin(measured.number, kept))


def _labelled(
    block: Block,
    settings: WorldSettings,
    split: WorldSplit,
    noise: LabelNoise,
    senders: Senders | None,
) -> Labelled:
    """Return rows of the reviewed returns; a review counts only if it was known when its part ends."""
    start = start_second(settings)
    day = (block.intent.requested_s - start) / DAY_S
    known_day = (block.reviews.known_s - start) / DAY_S
    part = np.select([day < split.fit_until, day < split.stop_until], [Part.FIT, Part.STOP], Part.CALIBRATE)
    ends = np.array([split.fit_until, split.calibrate_until, split.calibrate_until])[part]
    usable = (block.reviews.outcome != UNKNOWN) & (known_day <= ends) & (day < split.calibrate_until)
    seen = [_expand(block, np.flatnonzero(usable), lambda cases, *_: cases)]
    if senders is not None:
        # The twin has the number of its return, so that both fall into one part and one group.
        seen.append(_expand(block, np.flatnonzero(usable), senders.leave_out))
    matrix, moment, row = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    weight = np.minimum(1.0 / block.reviews.propensity, noise.weight_limit)
    return Labelled(
        names=case_contract().names,
        matrix=matrix,
        target=(block.reviews.outcome[row] == FRAUD).astype(np.int8),
        weight=weight[row],
        part=part[row].astype(np.int8),
        group=block.first + row,
        stage=moment.astype(np.int8),
        typology=block.intent.typology[row].astype(np.int8),
    )


def _expand(block: Block, positions: Codes, send: Send) -> tuple[Matrix, Codes, Codes]:
    """Return features at each moment reached, the moment, and the position in the block, of every row."""
    cases = block.columns().take(positions)
    parts = []
    for code, moment in enumerate(Moment):
        as_of = block.as_of(moment)[positions]
        reached = np.flatnonzero(~np.isnan(as_of))
        known = cases.take(reached).at(as_of[reached])
        matrix = compute(send(known, block.first + positions[reached], code))
        # What is known decides the moment: a label scanned at once already makes it T1.
        parts.append((matrix, matrix[:, 0].astype(np.int64), positions[reached]))
    matrices, moments, rows = zip(*parts, strict=True)
    return np.concatenate(matrices), np.concatenate(moments), np.concatenate(rows)
