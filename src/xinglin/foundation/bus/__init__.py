"""Events between rooms: written with the facts they tell (outbox), carried by NATS, applied once (inbox).

PostgreSQL keeps every event for the retention time; the JetStream stream is a copy that is rebuilt from it
whenever it is missing. A subscription's effects and the note that it has seen an event commit together.
"""

from pathlib import Path

from .connection import STREAM, BusSettings, open_bus
from .event import Event, NewEvent, subject_of
from .live import Live
from .outbox import append, append_arguments, appending, backlog
from .passing import Passing
from .publisher import Publisher
from .subscriber import Subscriber, Subscription

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"

__all__ = [
    "MIGRATIONS_FOLDER",
    "STREAM",
    "BusSettings",
    "Event",
    "Live",
    "NewEvent",
    "Passing",
    "Publisher",
    "Subscriber",
    "Subscription",
    "append",
    "append_arguments",
    "appending",
    "backlog",
    "open_bus",
    "subject_of",
]
