"""Days of the house played by the process kernel, and what patients and doctors had of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..process import Plan, order_of_arrival, simulate
from .demand import Day, House, Reality, make_day
from .journey import Journeys, journeys
from .lever import Levers, Tuned
from .roster import AFTERNOON_STARTS, MORNING_STARTS, Floor, build_floor, forecast_roster, usual_roster

_HORIZON, _DRAIN = 1440.0, 2880.0
GROUPS = ("elderly", "younger", "far_away", "near", "walk_ins", "booked", "online")
PER_PATIENT = ("wait", "from_arrival", "in_house", "queueing")


@dataclass(frozen=True)
class Arm:
    """What one way to run the house gave, arrays by day.

    ``sums`` by measure: minutes summed over patients (``wait``: from the later of arrival and appointment to first
    contact; ``from_arrival``; ``in_house``: to the end of the last test or contact, of those who come in person;
    ``queueing``: in any queue) and over doctors (``overtime``, ``idle``, ``worked``, ``rostered``). ``groups``: wait
    summed and patients, by group. ``from_wish``: of walk-ins, from when they wanted to come. ``seen``: one digest of
    the numbers of all who saw a doctor.
    """

    patients: Any
    sessions: Any
    in_person: Any
    sums: dict[str, Any]
    groups: dict[str, Any]
    from_wish: Any
    ninetieth: Any
    seen: str


@dataclass
class Trace:
    """The demand of some days of a house, made once and played under every lever."""

    house: House
    reality: Reality
    seed: int
    kind: int
    days: list[Day]
    floor: Floor
    _rosters: dict[bool, Any]

    def roster(self, by_forecast: bool) -> Any:
        """[day of week, half, department] doctors; the forecast is made once."""
        if by_forecast not in self._rosters:
            made = forecast_roster(self.house, self.reality, self.seed) if by_forecast else None
            self._rosters[by_forecast] = usual_roster(self.house, self.reality) if made is None else made
        return self._rosters[by_forecast]


def make_trace(house: House, reality: Reality, seed: int, kind: int, days: int) -> Trace:
    """The patients of that many days, five a week."""
    made = [make_day(house, reality, seed, kind, i) for i in range(days)]
    return Trace(house, reality, seed, kind, made, build_floor(house), {})


def play(trace: Trace, levers: Levers, tuned: Tuned, lag: float, days: int | None = None) -> Arm:
    """Plays the first ``days`` (else all) of a trace under some levers, each patient with the same draws as ever."""
    roster = trace.roster(levers.by_forecast)
    chosen = trace.days[:days]
    made = [journeys(trace.house, trace.floor, day, roster[day.weekday], levers, tuned, lag) for day in chosen]
    plan = Plan(_HORIZON, len(made), drain=_DRAIN, overload=True, log=True)
    outcome = simulate(trace.floor.network, plan, itineraries=[each.itineraries for each in made])
    rows = [
        _measured(trace, each, outcome.log[i], roster[each.day.weekday]) for i, each in enumerate(made)
    ]  # fmt: skip
    digest = hashlib.blake2b(b"".join(row["seen"] for row in rows), digest_size=8).hexdigest()

    def column(name: str) -> Any:
        return np.array([row[name] for row in rows])

    measures = (*PER_PATIENT, "overtime", "idle", "worked", "rostered")
    return Arm(
        column("patients"), column("sessions"), column("in_person"), {name: column(name) for name in measures},
        {name: column(name) for name in GROUPS}, column("from_wish"), column("ninetieth"), digest,
    )  # fmt: skip


def _measured(trace: Trace, made: Journeys, log: Any, chairs: Any) -> dict[str, Any]:
    day, n = made.day, len(made.who)
    floor = trace.floor
    at = order_of_arrival(made.itineraries)[log["case"]]
    log, at = log[at < n], at[at < n]  # without the absences of doctors
    doctors = log["station"] < floor.laboratory
    first = doctors & (log["station"] % 2 == 0)
    contact, leaving, queueing = np.full(n, np.nan), np.zeros(n), np.zeros(n)
    contact[at[first]] = log["started"][first]
    np.maximum.at(leaving, at, log["ended"])
    np.add.at(queueing, at, log["started"] - log["queued"])
    wait = np.maximum(contact - np.maximum(made.arrived, made.due), 0.0)
    seen = np.sort(day.number[made.who][np.isfinite(contact)]).tobytes()
    booked = day.booked[made.who]
    members = {
        "elderly": day.elderly[made.who], "far_away": day.far[made.who], "walk_ins": ~booked, "booked": booked,
        "online": made.at_home, "younger": ~day.elderly[made.who], "near": ~day.far[made.who],
    }  # fmt: skip
    wished = np.maximum(contact - made.wished, 0.0)[~booked]
    return {
        "patients": n, "in_person": int((~made.at_home).sum()), "seen": seen,
        "wait": wait.sum(), "from_arrival": np.maximum(contact - made.arrived, 0.0).sum(),
        "in_house": (leaving - made.arrived)[~made.at_home].sum(), "queueing": queueing.sum(),
        "from_wish": (wished.sum(), len(wished)), "ninetieth": np.quantile(wait, 0.9) if n else 0.0,
        **{name: (wait[here].sum(), here.sum()) for name, here in members.items()},
        **_doctors(trace, log[doctors], chairs),
    }  # fmt: skip


def _doctors(trace: Trace, log: Any, chairs: Any) -> dict[str, Any]:
    """Minutes that doctors were rostered, worked, worked outside their hours, and were idle within them."""
    v = trace.house.values
    half, doctor = log["pool"] % 2, log["pool"] // 2
    department, number = doctor // trace.floor.most, doctor % trace.floor.most
    begins = np.where(half == 0, MORNING_STARTS, AFTERNOON_STARTS)
    ends = begins + np.where(half == 0, v["morning_minutes"], v["afternoon_minutes"])
    inside = np.maximum(np.minimum(log["ended"], ends) - np.maximum(log["started"], begins), 0.0)
    inside[number >= chairs[half, department]] = 0.0
    worked = float((log["ended"] - log["started"]).sum())
    rostered = float(chairs[0].sum() * v["morning_minutes"] + chairs[1].sum() * v["afternoon_minutes"])
    return {
        "worked": worked, "overtime": worked - float(inside.sum()), "rostered": rostered,
        "idle": rostered - float(inside.sum()), "sessions": int(chairs.sum()),
    }  # fmt: skip
