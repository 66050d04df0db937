"""A telling of the demo hospital for the tests: two days that begin on a Monday morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from xinglin_demo.day import HOSPITAL_ZONE, Happening, happenings
from xinglin_demo.day.speech import Telling
from xinglin_demo.day.timeline import Stretch, Timeline
from xinglin_demo.population import Population

BEGAN_AT = datetime(2026, 11, 23, 8, 30, tzinfo=HOSPITAL_ZONE)
REAL_FROM = datetime(2026, 11, 23, 14, 0, tzinfo=HOSPITAL_ZONE)
TELLING = Telling(1, "261123140000", Timeline((Stretch(BEGAN_AT, REAL_FROM, 60),)))


def told(days: float = 2) -> list[Happening]:
    """The census and the first days."""
    until = BEGAN_AT + timedelta(days=days)
    return list(takewhile(lambda one: one.at < until, happenings(Population(1), BEGAN_AT)))


@lru_cache(maxsize=1)
def two_days() -> tuple[Happening, ...]:
    return tuple(told())
