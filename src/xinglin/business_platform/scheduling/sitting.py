"""When doctors sit, by their slots: for rooms that foresee what a clinic can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from . import repository
from .desk import Transactions


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session of a practitioner in a service."""

    service: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime


class Sittings:
    """Reads sessions of the node's own templates."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def between(self, since: datetime, until: datetime) -> list[Sitting]:
        """Sessions of all services that overlap with the time between two instants; slots without a practitioner make
        none."""
        async with self._database.connection() as connection:
            return [Sitting(*row) for row in await repository.sittings(connection, since, until)]
