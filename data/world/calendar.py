"""Spread the returns over the days of the year, by season and weekday."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from data.case_columns import Codes
from data.world.draws import Rng
from data.world.figures import WorldFigures
from data.world.settings import WorldSettings


def start_second(settings: WorldSettings) -> float:
    """Return the first second of the world, in seconds since 1970 UTC."""
    return datetime.combine(settings.start, time(), UTC).timestamp()


def returns_by_day(rng: Rng, settings: WorldSettings, figures: WorldFigures) -> Codes:
    """Draw how many returns are asked for on each day; they add up to `settings.returns`."""
    section = figures["calendar"]
    days = [settings.start + timedelta(days=day) for day in range(settings.days)]
    weights = np.array([_weight(day, section["weekday"], section["month"]) for day in days])
    return rng.multinomial(settings.returns, weights / weights.sum()).astype(np.int64)


def _weight(day: date, weekday: list[float], month: list[float]) -> float:
    return weekday[day.weekday()] * month[day.month - 1]
