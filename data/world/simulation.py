"""Simulate the year a few days at a time, so that memory stays bounded."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from data.case_columns import Codes, Floats
from data.world.block import PRICE_PER_USD, Block
from data.world.calendar import returns_by_day, start_second
from data.world.draws import Rng, chance, generator
from data.world.figures import WorldFigures, load_figures
from data.world.parcels.benches import draw_bench
from data.world.parcels.findings import draw_findings
from data.world.parcels.parcels import draw_parcels
from data.world.parcels.scans import draw_scans
from data.world.people.intent import Intent, draw_intent, request_times
from data.world.people.parties import Parties, draw_parties
from data.world.people.people import DAY_S, People, draw_people
from data.world.people.rings import Rings, add_rings
from data.world.returns.claims import draw_claims
from data.world.returns.goods import Goods, draw_goods
from data.world.returns.ledger import Entries, Ledger, empty_ledger
from data.world.returns.reuse import Reuse, draw_reuse
from data.world.review.operator import operator_points
from data.world.review.reviews import UNKNOWN, draw_reviews
from data.world.settings import WorldSettings

POPULATION, CALENDAR, BLOCKS = 0, 1, 2


def simulate(settings: WorldSettings, figures: WorldFigures | None = None) -> Iterator[Block]:
    """Yield the world block by block, in order of time; the same settings yield the same numbers.

    figures: what the world is made of, by default figures.yaml as it ships.
    """
    figures = figures or load_figures()
    people, rings = population(settings, figures)
    by_day = returns_by_day(generator(settings.seed, CALENDAR), settings, figures)
    ledger, first = empty_ledger(), 0
    for number, days in enumerate(_stretches(by_day, figures["blocks"])):
        requested = _requests(settings, by_day, days)
        if not len(requested):
            continue
        rng = generator(settings.seed, BLOCKS, number)
        block = _block(
            rng,
            people,
            rings,
            settings,
            figures,
            ledger,
            requested_s=request_times(rng, len(requested), requested),
            first=first,
            year_share=float(days[0]) / settings.days,
        )
        yield block
        ledger = Ledger(block.entries).forgotten(float(block.intent.requested_s[-1]))
        first += len(block)


def population(settings: WorldSettings, figures: WorldFigures) -> tuple[People, Rings]:
    """Draw the customers and the rings of a world."""
    rng = generator(settings.seed, POPULATION)
    start_s = start_second(settings)
    people = draw_people(rng, settings, figures, start_s=start_s)
    return add_rings(rng, people, settings, figures, start_s=start_s)


def _stretches(by_day: Codes, limits: dict[str, int]) -> list[Codes]:
    """Cut the year into runs of days, each at most so long and, but for a single day, so full."""
    edges, held = [0], 0
    for day, count in enumerate(by_day.tolist()):
        if day > edges[-1] and (day - edges[-1] >= limits["days"] or held + count > limits["returns"]):
            edges.append(day)
            held = 0
        held += count
    return np.split(np.arange(len(by_day)), edges[1:])


def _requests(settings: WorldSettings, by_day: Codes, days: Codes) -> Floats:
    return np.repeat(start_second(settings) + days * DAY_S, by_day[days])


def _block(
    rng: Rng,
    people: People,
    rings: Rings,
    settings: WorldSettings,
    figures: WorldFigures,
    ledger: Ledger,
    *,
    requested_s: Floats,
    first: int,
    year_share: float,
) -> Block:
    """Draw one stretch, each step from what caused it."""
    intent = draw_intent(
        rng, people, rings, settings, figures, requested_s=requested_s, year_share=year_share
    )
    parties = draw_parties(rng, people, intent, figures, first=first)
    goods = draw_goods(rng, intent, rings, figures, ledger, first=first)
    claims = draw_claims(rng, intent, parties, goods, figures)
    parcels = draw_parcels(rng, intent, parties, goods, settings, figures)
    scans = draw_scans(rng, intent, parties, parcels, settings, figures)
    bench = draw_bench(rng, intent, goods, claims, parcels, figures)
    findings = draw_findings(rng, intent, claims, bench, figures)
    reviews = draw_reviews(
        rng,
        intent,
        settings,
        figures,
        points=operator_points(parties, goods, claims, parcels, bench),
        opened=bench.opened,
        seen_s=np.where(np.isnan(bench.verified_s), parcels.delivered_s + 10 * DAY_S, bench.verified_s),
    )
    amount = np.round(goods.value_usd * PRICE_PER_USD[parties.country], 2)
    reuse = draw_reuse(rng, intent, findings, figures, ledger, first=first)
    entries = _entries(intent, parties, goods, reuse, amount, first=first)
    known = ledger.extended(entries)
    pairs = known.linked(len(ledger.entries))
    reviewed = _with_reviews(known.entries, len(ledger.entries), reviews.outcome, reviews.known_s)
    count = len(intent)
    return Block(
        first=first,
        intent=intent,
        parties=parties,
        goods=goods,
        claims=claims,
        parcels=parcels,
        scans=scans,
        bench=bench,
        findings=findings,
        reuse=reuse,
        reviews=reviews,
        pairs=pairs,
        entries=reviewed,
        amount=amount,
        expects_weight=np.where(chance(rng, 0.8, count), goods.packed_weight_g, np.nan),
        names_serial=np.where(chance(rng, 0.93, count), 1.0, np.nan),
    )


def _entries(
    intent: Intent, parties: Parties, goods: Goods, reuse: Reuse, amount: Floats, *, first: int
) -> Entries:
    count = len(intent)
    return Entries(
        number=first + np.arange(count, dtype=np.int64),
        account=parties.account,
        address=parties.address,
        payment=parties.payment,
        unit=goods.unit,
        model=goods.model,
        label=reuse.label,
        photo=reuse.photo,
        requested_s=intent.requested_s,
        amount=amount,
        country=parties.country,
        outcome=np.full(count, UNKNOWN, dtype=np.int64),
        known_s=np.full(count, np.nan),
    )


def _with_reviews(entries: Entries, new_from: int, outcome: Codes, known_s: Floats) -> Entries:
    """Enter the reviews of the new returns; they count from the time they become known."""
    return replace(
        entries,
        outcome=np.concatenate([entries.outcome[:new_from], outcome]),
        known_s=np.concatenate([entries.known_s[:new_from], known_s]),
    )
