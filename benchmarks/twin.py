"""How fast the process kernel is: events and visits a second, beside SimPy, Ciw, a bare heap and two processes.

    python benchmarks/twin.py [--seconds 20] [--no-peers] [--json]

Events are arrivals, ends of service and ends of delays of the outpatient day (``outpatient.py``), days of 9,500 visits.
Then the house is foreseen once from a mid-morning state, 1,000 times (bar: 10 seconds of one core).
The time for 20 million visits is scaled from a run of at least ``--seconds``. CPU time is that of the process alone,
which tells more than the clock on a machine that others use; both are printed, with the load.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from numba import njit

from outpatient import DAY_MINUTES, outpatient_day
from xinglin.applications.digital_twin.process import Network, Plan, simulate
from xinglin.applications.digital_twin.process.drawing import seed_streams, standard_exponential
from xinglin.applications.digital_twin.process.heap import HOLE, SIZE, put

_VISITS_A_YEAR = 20_000_000
_PLAN = Plan(DAY_MINUTES - 60, drain=1440, overload=True)
_PEER_VISITS = 4000
_FORESEEN_A_DAY = 9500


@njit(cache=True)  # type: ignore[untyped-decorator]
def _hold(times: Any, whats: Any, marks: Any, streams: Any, count: int) -> float:
    """Takes the earliest event and puts a new one in, ``count`` times."""
    last = 0.0
    for _ in range(count):
        last = times[0]
        marks[HOLE] = 1
        put(times, whats, marks, last + standard_exponential(streams, 0), whats[0])
    return last


def bare_heap(pending: int, count: int = 4_000_000) -> float:
    """Events a second of the heap alone, with an exponential drawn for each."""
    times, whats = np.zeros(pending + 1), np.zeros(pending + 1, np.int64)
    streams, marks = np.zeros((1, 2), np.uint64), np.zeros(16, np.int64)
    seed_streams(streams, np.array([1], np.uint64), np.uint64(1), np.uint64(0))
    for i in range(pending):
        put(times, whats, marks, standard_exponential(streams, 0), i)
    assert marks[SIZE] == pending
    _hold(times, whats, marks, streams, 10_000)
    begun = time.process_time()
    _hold(times, whats, marks, streams, count)
    return count / (time.process_time() - begun)


def our_days(network: Network, seconds: float) -> dict[str, float]:
    """Days in one process for at least ``seconds``."""
    simulate(network, _PLAN)
    days, visits, events, wall, cpu = 100, 0.0, 0, 0.0, 0.0
    while wall < seconds:
        clock, process = time.perf_counter(), time.process_time()
        outcome = simulate(network, replace(_PLAN, replications=days, seed=int(visits) + 1))
        wall, cpu = wall + time.perf_counter() - clock, cpu + time.process_time() - process
        visits, events = visits + outcome.visits[:, :, 0].sum(), events + int(outcome.events.sum())
        assert outcome.unfinished.sum() == 0
    return {
        "run_seconds": wall, "visits": visits, "events_per_visit": events / visits,
        "events_per_second": events / wall, "events_per_cpu_second": events / cpu,
        "visits_per_second": visits / wall, "visits_per_cpu_second": visits / cpu,
        "seconds_for_20m_visits": _VISITS_A_YEAR * wall / visits, "cpu_seconds_for_20m_visits": _VISITS_A_YEAR * cpu / visits,
    }  # fmt: skip


def two_processes(network: Network) -> dict[str, float]:
    """The same 400 days in one process and in two, by the clock and by the CPU time that both ways took in all.

    ``cpu_scaling`` is what two free cores would give if nothing but CPU time counted: it shows the price of sharing out.
    """
    plan, took, spent = replace(_PLAN, replications=400), {}, {}
    for processes in (1, 2):
        begun, before = time.perf_counter(), _cpu_seconds()
        simulate(network, plan, processes)
        took[processes], spent[processes] = time.perf_counter() - begun, _cpu_seconds() - before
    scaling = {"scaling": took[1] / took[2], "cpu_scaling": 2 * spent[1] / spent[2]}
    return {"one_seconds": took[1], "two_seconds": took[2]} | scaling


def _cpu_seconds() -> float:
    return sum(os.times()[:4])


def peers() -> dict[str, dict[str, float]]:
    """SimPy and Ciw on one day of 4,000 visits with the arrivals of ours, and ours on the same."""
    from peers import run_ciw, run_simpy

    network = outpatient_day(_PEER_VISITS)
    log = simulate(network, replace(_PLAN, log=True)).log[0]
    first = log[np.unique(log["case"], return_index=True)[1]]
    arrivals = sorted((float(line["arrived"]), int(line["source"])) for line in first)
    found = {}
    for name, run in (("simpy", run_simpy), ("ciw", run_ciw)):
        visits, events, seconds = run(arrivals)
        found[name] = {"visits": visits, "events_per_second": events / seconds, "visits_per_second": visits / seconds}
        found[name]["seconds_for_20m_visits"] = _VISITS_A_YEAR * seconds / visits
    outcome = simulate(network, _PLAN)
    begun = time.perf_counter()
    outcome = simulate(network, replace(_PLAN, replications=50))
    seconds = time.perf_counter() - begun
    found["ours_same_day"] = {
        "visits": float(outcome.visits[:, :, 0].sum()), "events_per_second": float(outcome.events.sum() / seconds),
        "visits_per_second": float(outcome.visits[:, :, 0].sum() / seconds),
    }  # fmt: skip
    return found


def foresight(clinics: int = 16, doctors: int = 10) -> dict[str, float]:
    """The whole house foreseen once, in mid-morning: what waits, comes and is with a doctor in clinics that see 9,500
    people a day, and 16 wards of 40, 1,000 times each; the process has its compiled code."""
    from xinglin.applications.digital_twin.foresight import House, PastStay, Ward
    from xinglin.applications.digital_twin.foresight.whole import Foresight

    random = np.random.default_rng(1)
    made = [_clinic(random, f"c{place}", doctors, _FORESEEN_A_DAY / clinics) for place in range(clinics)]
    stays = tuple(PastStay(0, int(days), True, 11.0) for days in random.gamma(1.6, 4.5, 3000))
    wards = tuple(Ward(f"w{place}", 44, (0, 1, 2, 3, 5, 8, 9, 12) * 5, 10.0, (0.2,) * 24, 28.0) for place in range(16))
    past = {clinic.service: seen for clinic, seen in made}
    house = House(600.0, tuple(clinic for clinic, _ in made), wards, past, {"": stays})
    seer = Foresight()
    seer.house(replace(house, replications=10))
    begun, before = time.perf_counter(), time.process_time()
    found = seer.house(replace(house, past=None, stays=None))
    return {
        "people_foreseen": float(sum(len(one.people) for one in found.clinics)),
        "clinics": float(clinics), "wards": 16.0, "replications": 1000.0,
        "load": float(np.mean([one.load for one in found.clinics])),
        "seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - before,
    }  # fmt: skip


def _clinic(random: Any, service: str, doctors: int, a_day: float) -> tuple[Any, Any]:
    """A clinic at ten in the morning and ten days of its past; three in four are booked, arrivals lie in eight hours."""
    from xinglin.applications.digital_twin.foresight import ClinicNow, Doctor, PastVisits, Person, Seen

    mean = doctors * 480 * 0.85 / a_day
    names = [f"{service}-d{place}" for place in range(doctors)]
    hours = [480.0 + 480.0 * place / (a_day * 0.75) for place in range(int(a_day * 0.75))]
    seen = tuple(
        Seen(
            day, due + float(random.normal(-10, 10)), names[int(random.integers(doctors))],
            due if random.random() < 0.75 else None, None, 0.4, float(random.gamma(2.5, mean / 2.5)), called=True,
        )
        for day in range(10) for due in np.linspace(480, 960, int(a_day))
    )  # fmt: skip
    waiting = tuple(
        Person(f"{service}-{place}", "waiting", names[place % doctors], -20.0 + place, -15.0) for place in range(25)
    )
    expected = tuple(
        Person(f"{service}-e{place}", "expected", names[place % doctors], due - 600, 0.0, due - 600)
        for place, due in enumerate(hours) if due > 595
    )  # fmt: skip
    seats = tuple(Doctor(name, "room", -3.0, ends=360.0) for name in names)
    return ClinicNow(service, waiting + expected, seats, ()), PastVisits(seen, 90, 10, 10)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    network = outpatient_day()
    told: dict[str, Any] = {
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "ours": our_days(network, given.seconds),
    }
    told["bare_heap_events_per_cpu_second"] = {str(n): bare_heap(n) for n in (100, 1000, 10_000)}
    told["two_processes"] = two_processes(network)
    if not given.no_peers:
        told["peers_4000_visits"] = peers()
    told["foresight"] = foresight()
    told["load_after"] = os.getloadavg()[0]
    print(json.dumps(told) if given.json else json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
