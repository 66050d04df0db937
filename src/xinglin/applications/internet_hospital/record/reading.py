"""Reading the facts of a check, as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from xinglin.data_platform.store import Cause
from xinglin.data_platform.terminology import Catalogues, Drug
from xinglin.foundation.clock import Clock

from ..safety import Facts, Line, facts_of, is_current
from .request import codes_of, line_of, name_of

_NEWEST = ("_sort", "-_lastUpdated")
_PAGES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("AllergyIntolerance", (_NEWEST, ("_count", "100"))),
    ("MedicationRequest", (_NEWEST, ("status", "active,on-hold,completed"), ("_count", "200"))),
    ("Condition", (_NEWEST, ("_count", "200"))),
    ("Observation", (("_sort", "-date"), ("_count", "300"))),
    ("Observation", (("_sort", "-date"), ("code", "2160-0,14682-9,33914-3,62238-1,98979-8,82810-3"), ("_count", "20"))),
)


class Resources(Protocol):
    """What this room needs of the store."""

    async def read(self, connection: Any, type_: str, id_: str) -> dict[str, Any]:
        """The current resource; raises NOT_FOUND or GONE."""
        ...

    async def fetch(self, connection: Any, references: Any) -> dict[tuple[str, str], dict[str, Any]]:
        """Those that are there."""
        ...

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Any:
        """A page of a search."""
        ...

    async def put_all(
        self,
        connection: Any,
        resources: Sequence[Mapping[str, Any]],
        cause: Cause,
        expected: Mapping[tuple[str, str], int] | None = None,
    ) -> Any:
        """Creates or replaces them as whoever asks may."""
        ...


class Records:
    """Facts of patients. What the asker may not see is not seen by the check either."""

    def __init__(self, resources: Resources, catalogues: Catalogues, clock: Clock) -> None:
        self._resources = resources
        self._catalogues = catalogues
        self._clock = clock

    async def facts(self, connection: Any, patient: Mapping[str, Any], but: Collection[str] = ()) -> Facts:
        """What a prescription for ``patient`` is checked against; MedicationRequests with the ids ``but`` are left out
        of what is taken already."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for type_, further in _PAGES:
            page = await self._resources.search(connection, type_, [("patient", f"Patient/{patient['id']}"), *further])
            found |= {(one["resourceType"], one["id"]): one for one in page.resources()}
        now = self._clock.now()
        requests = [
            one
            for (type_, id_), one in found.items()
            if type_ == "MedicationRequest" and id_ not in but and is_current(one, now)
        ]
        return facts_of(patient, list(found.values()), await self.lines(connection, requests), now)

    async def lines(self, connection: Any, requests: Sequence[Mapping[str, Any]]) -> list[Line]:
        """Each request with its drug, found by this node's code or by exactly its name; None where neither finds it."""
        codes = {code for one in requests if (code := codes_of(one)[0])}
        by_code = await self._catalogues.drugs(connection, codes)
        unknown = {name_of(one) for one in requests if codes_of(one)[0] not in by_code}
        by_name = await self._catalogues.drugs_called(connection, unknown)
        return [line_of(one, _drug(one, by_code, by_name)) for one in requests]

    async def drugs(self, connection: Any, codes: Collection[str]) -> dict[str, Drug]:
        """The drugs of these codes that the catalogue knows."""
        return await self._catalogues.drugs(connection, codes)


def _drug(request: Mapping[str, Any], by_code: Mapping[str, Drug], by_name: Mapping[str, Drug]) -> Drug | None:
    code, _ = codes_of(request)
    return by_code.get(code or "") or by_name.get(name_of(request))
