"""The visible list of a node's rooms, and the one place that joins them."""

from __future__ import annotations

from xinglin.foundation import bus
from xinglin.foundation.database import Migrations

MIGRATIONS = [
    Migrations("bus", bus.MIGRATIONS_FOLDER),
]
