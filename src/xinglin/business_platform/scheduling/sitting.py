"""When doctors sit, by their slots: for rooms that foresee what a clinic can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from . import repository
from .desk import Transactions
from .template import Template


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

    async def templates(self, service: str) -> list[tuple[str, Template]]:
        """(Schedule id, weekly hours) of one service, oldest first; those that have ended too."""
        async with self._database.connection() as connection:
            found = [(id_, Template.model_validate_json(body)) for id_, body in await repository.templates(connection)]
        return [one for one in found if one[1].service == service]
