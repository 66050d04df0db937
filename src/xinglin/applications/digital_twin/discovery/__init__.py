"""Discovery: a model of a process out of its event log, and how near its simulated cases are to what happened."""

from __future__ import annotations

from .distance import Distance, distance
from .eventlog import EventLog, write_log
from .model import Model, discover, read_model, simulate_model, write_model
from .reading import read_log

__all__ = [
    "Distance",
    "EventLog",
    "Model",
    "discover",
    "distance",
    "read_log",
    "read_model",
    "simulate_model",
    "write_log",
    "write_model",
]
