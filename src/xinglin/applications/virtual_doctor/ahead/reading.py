"""What this part needs of the store, and the questions that it asks there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from .resources import AHEAD, PROTOCOL, TASK

Resource = dict[str, Any]
Reference = tuple[str, str]


class Resources(Protocol):
    """What this room needs of the store."""

    async def read(self, connection: Any, type_: str, id_: str) -> Resource:
        """The current resource; raises NOT_FOUND or GONE."""
        ...

    async def fetch(self, connection: Any, references: Iterable[Reference]) -> dict[Reference, Resource]:
        """Those that are there."""
        ...

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Any:
        """A page of a search."""
        ...

    async def put_all(
        self,
        connection: Any,
        resources: Sequence[Mapping[str, Any]],
        cause: Any,
        expected: Mapping[Reference, int] | None = None,
    ) -> Any:
        """Creates or replaces them."""
        ...


async def found(store: Resources, connection: Any, type_: str, *asked: tuple[str, str]) -> list[Resource]:
    """Up to two hundred of them."""
    page = await store.search(connection, type_, [*asked, ("_count", "200")])
    return list(page.resources())


async def tasks(store: Resources, connection: Any, *asked: tuple[str, str]) -> list[Resource]:
    """Tasks that decide, or decided, on tests before a visit."""
    return await found(store, connection, "Task", ("code", f"{TASK}|{AHEAD}"), *asked)


async def plans(store: Resources, connection: Any, *asked: tuple[str, str]) -> list[Resource]:
    """Protocols as departments have switched them."""
    return await found(store, connection, "PlanDefinition", ("identifier", f"{PROTOCOL}|"), *asked)


async def booked(
    store: Resources, connection: Any, patients: Sequence[str], now: datetime
) -> list[tuple[str, str, datetime]]:
    """Coming appointments: patient, department (its Organization) and start; the next first."""
    if not patients:
        return []
    asked = ",".join(f"Patient/{one}" for one in patients)
    since = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    page = await found(
        store, connection, "Appointment", ("patient", asked), ("status", "booked,arrived"), ("date", f"ge{since}")
    )
    services = await store.fetch(
        connection, {("HealthcareService", id_) for one in page if (id_ := _actor(one, "HealthcareService"))}
    )
    told = [
        (
            _actor(one, "Patient"),
            id_of(services.get(("HealthcareService", _actor(one, "HealthcareService")), {}).get("providedBy")),
            datetime.fromisoformat(one["start"]),
        )
        for one in page
        if one.get("start")
    ]
    return sorted((one for one in told if one[1]), key=lambda one: one[2])


def id_of(reference: Mapping[str, Any] | None) -> str:
    """The id in a reference, empty where there is none."""
    return str((reference or {}).get("reference", "")).rpartition("/")[2]


def _actor(appointment: Mapping[str, Any], type_: str) -> str:
    actors = [(one.get("actor") or {}).get("reference", "") for one in appointment.get("participant", ())]
    return next((str(one).partition("/")[2] for one in actors if str(one).startswith(f"{type_}/")), "")
