"""The whole telling: a warm-up nobody hears, the morning census, then happenings without end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ..population import Population
from . import rhythm
from .census import Census
from .emergency import emergency_visit
from .engine import Engine
from .happening import Happening, Kind
from .inpatient import planned
from .outpatient import bookings, walk_in

_WARM_UP = timedelta(days=18)
_RESULTS_KEPT = timedelta(hours=48)
_VITAL_SIGNS_KEPT = timedelta(hours=14)
_EMERGENCY_A_DAY = 230
_PLANNED_A_DAY = 170
_BOOKED_A_DAY = 1050
_WALK_INS_A_DAY = 420
_MOVEMENTS = (Kind.ADMITTED, Kind.TRANSFERRED, Kind.TRANSFER_CANCELLED, Kind.ARRIVED)


def happenings(population: Population, began_at: datetime) -> Iterator[Happening]:
    """Everything that is told of the hospital whose telling begins at ``began_at``, without end.

    First comes the census: what is known of those who are in the house at that moment; movements, then results,
    then bookings, so that a board fills at once. Then all that follows, in order of time. The same population
    and beginning always give the same happenings.
    """
    engine = _engine(population, began_at)
    told = engine.run()
    known: dict[str, list[Happening]] = {}
    for happening in told:
        if happening.at >= began_at:
            yield from _census(known, began_at)
            yield happening
            break
        if happening.final:
            known.pop(happening.stay.visit, None)
        else:
            known.setdefault(happening.stay.visit, []).append(happening)
    yield from told


def _engine(population: Population, began_at: datetime) -> Engine:
    census = Census(population, began_at)
    opened_at = began_at - _WARM_UP
    today = began_at.replace(hour=0, minute=0, second=0, microsecond=0)
    streams = {
        "emergency": (opened_at, _EMERGENCY_A_DAY, rhythm.EMERGENCY, emergency_visit),
        "planned": (opened_at, _PLANNED_A_DAY, rhythm.ELECTIVE, planned),
        "walk-in": (today, _WALK_INS_A_DAY, rhythm.CLINIC, walk_in),
    }
    engine = Engine()
    for name, (first_at, per_day, hours, receive) in streams.items():
        chosen = census.stream("who", name)
        pathway = rhythm.arrivals(
            census.stream("when", name), first_at, per_day, hours, partial(receive, census, chosen)
        )
        engine.begin(first_at, pathway)
    engine.begin(today - timedelta(days=1), bookings(census, today, _BOOKED_A_DAY))
    return engine


def _census(known: dict[str, list[Happening]], began_at: datetime) -> list[Happening]:
    """The kept happenings; all but the movements speak of the place where the person is now."""
    kept: list[Happening] = []
    for course in known.values():
        now = course[-1].stay
        for happening in course:
            if happening.kind in _MOVEMENTS:
                kept.append(happening)
            elif _is_recent(happening, began_at):
                kept.append(replace(happening, stay=now))
    return sorted(kept, key=lambda happening: (_rank(happening), happening.at))


def _rank(happening: Happening) -> int:
    if happening.kind in _MOVEMENTS:
        return 0
    return 1 if happening.kind is Kind.RESULTED else 2


def _is_recent(happening: Happening, began_at: datetime) -> bool:
    if happening.kind is not Kind.RESULTED or happening.order is None:
        return happening.kind in (Kind.BOOKED, Kind.CHECKED_IN)
    vital = happening.order.panel.key == "vital"
    return began_at - happening.at < (_VITAL_SIGNS_KEPT if vital else _RESULTS_KEPT)
