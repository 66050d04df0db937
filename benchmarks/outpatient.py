"""The outpatient day on which simulation engines are compared: 9,500 visits, about seven events each."""

from __future__ import annotations

from xinglin.applications.digital_twin.process.network import (
    Appointments,
    Calendar,
    Class,
    Distribution,
    Network,
    Pool,
    Route,
    Source,
    Station,
    always,
    exponential,
    lognormal,
)

DEPARTMENTS, DOCTORS, VISITS = 16, 10, 9500
DAY_MINUTES = 600.0
# Walk-ins by the hour of the day: share of the day's walk-ins in each of six stretches.
WALK_IN_STARTS = (0.0, 60.0, 150.0, 240.0, 330.0, 450.0)
WALK_IN_WEIGHTS = (1.6, 2.0, 1.0, 0.7, 1.3, 0.5)
SHIFT = Calendar((0.0, 240.0, 300.0, 540.0), (DOCTORS, 3, DOCTORS, 5))
SHARED = {"registration": 30, "triage": 24, "laboratory": 40, "imaging": 30, "payment": 40, "pharmacy": 40}
PUNCTUALITY = Distribution("normal", (-15.0, 12.0, -60.0, 60.0), signed=True)


def outpatient_day(visits: int = VISITS) -> Network:
    """The day as data: 70 % booked in slots of five minutes, 30 % walk-ins, three priorities, top for who comes back."""
    departments = tuple(f"d{i}" for i in range(DEPARTMENTS))
    even = {"department": dict.fromkeys(departments, 1 / DEPARTMENTS)}
    to_doctor = tuple(Route(f"consult {d}", 1.0, {"department": d}) for d in departments)
    to_return = tuple(Route(f"return {d}", 1.0, {"department": d}) for d in departments)
    after = (Route("laboratory", 0.4), Route("imaging", 0.2), Route("payment", 0.4 * 0.8))
    stations = [
        Station("registration", exponential(1.2), ("registration",), (Route("triage"),)),
        Station("triage", exponential(1.0), ("triage",), to_doctor),
        Station("laboratory", exponential(2.5), ("laboratory",), (Route("turnaround"),)),
        Station("turnaround", exponential(30.0), (), to_return),
        Station("imaging", exponential(6.0), ("imaging",), to_return),
        Station("payment", exponential(1.5), ("payment",), (Route("pharmacy", 0.6),)),
        Station("pharmacy", exponential(2.0), ("pharmacy",)),
    ]
    for d in departments:
        stations.append(Station(f"consult {d}", lognormal(6.0, 0.7), (f"doctors {d}",), after))
        back = Station(f"return {d}", lognormal(3.0, 0.7), (f"doctors {d}",), (Route("payment", 0.8),), priority=-1)
        stations.append(back)
    pools = [Pool(name, always(count)) for name, count in SHARED.items()]
    pools += [Pool(f"doctors {d}", SHIFT) for d in departments]
    return Network(
        tuple(stations), _sources(visits, even), tuple(pools),
        (Class("booked", 0), Class("walk-in", 1)), {"department": departments},
    )  # fmt: skip


def _sources(visits: int, even: dict[str, dict[str, float]]) -> tuple[Source, ...]:
    booked = round(visits * 0.7)
    slots = int(540 / 5)
    times = tuple(sorted(5.0 * (i % slots) + 5.0 for i in range(booked)))
    entry = (Route("registration"),)
    ends = (*WALK_IN_STARTS[1:], 540.0)
    weights = zip(WALK_IN_STARTS, ends, WALK_IN_WEIGHTS, strict=True)
    whole = sum((end - start) * weight for start, end, weight in weights)
    rates = tuple(visits * 0.3 * weight / whole for weight in WALK_IN_WEIGHTS)
    rate = Calendar((*WALK_IN_STARTS, 540.0), (*rates, 0.0))
    return (
        Source("booked", entry, "booked", appointments=Appointments(times, PUNCTUALITY), attributes=even),
        Source("walk-in", entry, "walk-in", rate=rate, attributes=even),
    )
