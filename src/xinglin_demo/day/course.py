"""Orders over a stay and the values that come back: correlated by illness, falling back towards health."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from ..dice import dice
from .happening import Kind, Order, Stay
from .laboratory import PICTURES, VITAL_SIGNS, Analyte, Panel, panels_for

_REMEASURED_SHARE = 0.01
_REMEASURED_AFTER = timedelta(minutes=40)


def order(random: Random, number: int, panel: Panel, at: datetime) -> Order:
    hours = panel.hours * (0.6 + random.expovariate(2.5))
    return Order(number, panel, at, at + timedelta(hours=hours), random.random() < _REMEASURED_SHARE)


def first_day(random: Random, stay: Stay) -> list[Order]:
    """What is ordered within two hours of coming."""
    orders = [order(random, 1, VITAL_SIGNS, stay.began_at + timedelta(minutes=5 + random.random() * 10))]
    for panel in panels_for(stay.problem.pattern):
        at = stay.began_at + timedelta(minutes=15 + random.random() * 90)
        orders.append(order(random, len(orders) + 1, panel, at))
    return orders


def following_days(random: Random, stay: Stay, until: datetime, taken: int) -> Iterator[Order]:
    """Vital signs in the morning and evening, blood before breakfast, more of it for the very ill."""
    midnight = stay.began_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    closely = stay.department.key == "critical" or stay.severity > 1.4
    number = taken
    while midnight < until:
        for hour in (2, 6, 10, 14, 18, 22) if closely else (6, 17):
            number += 1
            at = midnight + timedelta(hours=hour, minutes=random.random() * 50)
            yield order(random, number, VITAL_SIGNS, at)
        for panel in panels_for(stay.problem.pattern):
            if random.random() < (0.85 if closely else 0.3):
                number += 1
                at = midnight + timedelta(hours=5, minutes=40 + random.random() * 80)
                yield order(random, number, panel, at)
        midnight += timedelta(days=1)


def agenda(orders: list[Order], until: datetime) -> list[tuple[datetime, Kind, Order]]:
    """Orders and results before ``until``, in order of time; vital signs are not ordered."""
    steps: list[tuple[datetime, Kind, Order]] = []
    for one in orders:
        if one.resulted_at < until:
            steps.append((one.resulted_at, Kind.RESULTED, one))
            if one.remeasured and one.resulted_at + _REMEASURED_AFTER < until:
                again = replace(one, resulted_at=one.resulted_at + _REMEASURED_AFTER, corrected=True)
                steps.append((again.resulted_at, Kind.RESULTED, again))
            if one.panel is not VITAL_SIGNS:
                steps.append((one.ordered_at, Kind.ORDERED, one))
    return sorted(steps, key=lambda step: (step[0], step[2].number, step[1]))


def values(seed: int, stay: Stay, one: Order) -> list[tuple[Analyte, float]]:
    """What an order measures: the person's habit, the illness on that day, and noise."""
    habit = dice(seed, "habit", stay.person.number, one.panel.key)
    noise = dice(seed, "noise", stay.visit, one.number, one.corrected)
    picture = PICTURES[stay.problem.pattern]
    days = max(0.0, (one.ordered_at - stay.began_at).total_seconds() / 86_400)
    illness = stay.severity * math.exp(-days / max(2.0, stay.problem.days * 0.9))
    found = []
    for analyte in one.panel.analytes:
        deviation = 0.85 * habit.gauss(0, 1) + 0.4 * noise.gauss(0, 1)
        found.append((analyte, analyte.value(deviation + picture.get(analyte.key, 0.0) * illness)))
    return found
