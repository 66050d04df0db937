"""A network of queues as data: what a simulation knows of a hospital. Times are minutes, rates are per minute."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "deterministic",
    "exponential",
    "gamma",
    "lognormal",
    "weibull",
    "uniform",
    "triangular",
    "normal",
    "empirical",
    "mixture",
]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A fitted distribution of minutes; never below zero when drawn.

    ``values`` by kind: deterministic (value); exponential (mean); gamma (shape, scale); lognormal (mu, sigma of the
    logarithm); weibull (shape, scale); uniform (low, high); triangular (low, mode, high); normal (mean, deviation, low,
    high), truncated to low..high; empirical (quantiles at equal steps of probability from 0 to 1, interpolated
    linearly); mixture (weights of ``parts``). ``signed`` leaves values below zero as they are (punctuality).
    """

    kind: Kind
    values: tuple[float, ...]
    parts: tuple[Distribution, ...] = ()
    signed: bool = False


def deterministic(value: float) -> Distribution:
    return Distribution("deterministic", (value,))


def exponential(mean: float) -> Distribution:
    return Distribution("exponential", (mean,))


def gamma(mean: float, variation: float) -> Distribution:
    """A gamma distribution by its mean and coefficient of variation."""
    return Distribution("gamma", (1 / variation**2, mean * variation**2))


def lognormal(mean: float, variation: float) -> Distribution:
    """A lognormal distribution by its mean and coefficient of variation."""
    variance = math.log1p(variation**2)
    return Distribution("lognormal", (math.log(mean) - variance / 2, math.sqrt(variance)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """A level that holds from each start (minutes, the first 0) to the next; repeated every ``period_minutes``.

    Without a period the last level holds for ever.
    """

    starts: tuple[float, ...]
    levels: tuple[float, ...]
    period_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Staff, rooms or beds that can stand in for one another; as many as the calendar says.

    Whoever is at work when the calendar takes a place away finishes first. ``preemptive``: somebody of a higher
    priority interrupts one of the lowest, who goes on later where it was left.
    """

    name: str
    capacity: Calendar
    preemptive: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where a patient goes next (None: leaves), for those whose class and attributes are as ``when`` says.

    What the probabilities that fit a patient leave open to 1, leaves.
    """

    to: str | None
    probability: float = 1.0
    when: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Station:
    """A step of the way. ``pools`` in order of preference are those with the skill; none: a delay without staff.

    ``service_by`` overrides the time by class. ``priority`` overrides that of the class here. ``waiting_places``
    bounds the queue: who finds no place leaves. ``batch``: served together by that many, or fewer once the first
    has waited ``batch_wait_minutes``. ``hold``: the place (a bed) is kept until the next
    station has begun with the patient.
    """

    name: str
    service: Distribution
    pools: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    service_by: dict[str, Distribution] = field(default_factory=dict)
    priority: int | None = None
    waiting_places: int | None = None
    batch: int = 1
    batch_wait_minutes: float | None = None
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Class:
    """A kind of patient; the lower the number of the priority, the earlier the turn."""

    name: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Appointments:
    """Booked times (minutes from the start of each period), how early or late people come, and how many never do."""

    times: tuple[float, ...]
    punctuality: Distribution = field(default_factory=lambda: deterministic(0))
    no_show: float = 0.0
    period_minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where patients come from: exactly one of ``every`` (independent gaps), ``rate`` (Poisson) and ``appointments``.

    ``attributes`` gives, by attribute, the probabilities of its values. ``group``: that many arrive together.
    """

    name: str
    entry: tuple[Route, ...]
    class_name: str
    every: Distribution | None = None
    rate: Calendar | None = None
    appointments: Appointments | None = None
    attributes: dict[str, dict[str, float]] = field(default_factory=dict)
    group: int = 1


@dataclass(frozen=True, slots=True)
class Network:
    """A whole model; JSON by ``msgspec``. Nothing in it is trusted before ``check`` has passed."""

    stations: tuple[Station, ...]
    sources: tuple[Source, ...]
    pools: tuple[Pool, ...] = ()
    classes: tuple[Class, ...] = (Class("patient"),)
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def always(level: float) -> Calendar:
    """A calendar that never changes."""
    return Calendar((0.0,), (level,))


def mean_level(calendar: Calendar) -> float:
    """The level averaged over one period, or the one that holds for ever."""
    if calendar.period_minutes is None:
        return calendar.levels[-1]
    ends = (*calendar.starts[1:], calendar.period_minutes)
    spans = zip(calendar.starts, ends, calendar.levels, strict=True)
    return sum((end - start) * level for start, end, level in spans) / calendar.period_minutes


def mean_minutes(distribution: Distribution) -> float:
    """The mean of what is drawn; that of a truncated normal by its closed form (Johnson, Kotz 1994, §13.10.1)."""
    v = distribution.values
    if distribution.kind == "mixture":
        parts = zip(v, distribution.parts, strict=True)
        return sum(weight * mean_minutes(part) for weight, part in parts) / sum(v)
    if distribution.kind == "normal":
        return _truncated_mean(*v)
    if distribution.kind == "empirical":
        return (sum(v) - (v[0] + v[-1]) / 2) / (len(v) - 1)
    means = {
        "deterministic": lambda: v[0],
        "exponential": lambda: v[0],
        "gamma": lambda: v[0] * v[1],
        "lognormal": lambda: math.exp(v[0] + v[1] ** 2 / 2),
        "weibull": lambda: v[1] * math.gamma(1 + 1 / v[0]),
        "uniform": lambda: (v[0] + v[1]) / 2,
        "triangular": lambda: sum(v) / 3,
    }
    return means[distribution.kind]()


def _truncated_mean(mean: float, deviation: float, low: float, high: float) -> float:
    def density(x: float) -> float:
        return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    a, b = (low - mean) / deviation, (high - mean) / deviation
    return mean + deviation * (density(a) - density(b)) / inside(a, b)


def inside(a: float, b: float) -> float:
    """The share of a standard normal between ``a`` and ``b``."""
    return (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2))) / 2
