"""The process kernel: a hospital's queues as data, simulated by compiled code. Importing it loads numba."""

from __future__ import annotations

from .checking import check, check_load, loads
from .interval import interval, student
from .itinerary import Itineraries, order_of_arrival
from .network import (
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
    deterministic,
    exponential,
    gamma,
    lognormal,
    mean_minutes,
)
from .running import Outcome, Plan, simulate
from .tracing import write_csv, write_ocel, write_xes

__all__ = [
    "Appointments",
    "Calendar",
    "Class",
    "Distribution",
    "Itineraries",
    "Network",
    "Outcome",
    "Plan",
    "Pool",
    "Route",
    "Source",
    "Station",
    "always",
    "check",
    "check_load",
    "deterministic",
    "exponential",
    "gamma",
    "interval",
    "loads",
    "lognormal",
    "mean_minutes",
    "order_of_arrival",
    "simulate",
    "student",
    "write_csv",
    "write_ocel",
    "write_xes",
]
