"""Telling patients: in the caller's transaction, once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.ids import Ids, derived

from . import events, resource
from .model import Notice

_AGENT = "messaging"
Reference = tuple[str, str]


class Resources(Protocol):
    """What this room needs of the store."""

    async def fetch(
        self, connection: Any, references: Iterable[Reference], having: str | None = None
    ) -> dict[Reference, dict[str, Any]]: ...

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Any: ...

    async def put_all(
        self,
        connection: Any,
        resources: Sequence[Mapping[str, Any]],
        cause: Cause,
        expected: Mapping[Reference, int] | None = None,
    ) -> Any: ...


class Notices:
    """The door of messaging. Days and times in notices are those of ``zone``, the node's."""

    def __init__(self, store: Resources, clock: Clock, ids: Ids, zone: str) -> None:
        self.store = store
        self._clock = clock
        self._ids = ids
        self._zone = ZoneInfo(zone)

    async def notify(self, connection: Any, *notices: Notice) -> int:
        """Tell patients, in the caller's transaction and in a number of statements that does not depend on how many;
        returns how many notices were written.

        What was told before by its key is not told again. Nobody is told anything of somebody who has died or is not
        known; whose record was merged is told under the one it went into. Raises CONFLICT where another transaction
        tells the same at this moment: the caller's transaction may be tried again.
        """
        if not notices:
            return 0
        asked = {derived("notice", one.key): one for one in notices}
        now = self._clock.now()
        with seeing(None):  # who is told is for the caller to say
            known = await self.store.fetch(connection, [("Communication", id_) for id_ in asked])
            fresh = {id_: one for id_, one in asked.items() if ("Communication", id_) not in known}
            people = await self._people(connection, {one.patient for one in fresh.values()})
            made = [
                resource.communication(id_, _to(one, person), person, now, self._zone)
                for id_, one in fresh.items()
                if (person := people.get(one.patient)) is not None
            ]
            await self.store.put_all(
                connection, made, Cause(agent=_AGENT), {("Communication", one["id"]): 0 for one in made}
            )
        await append(connection, [self._told(events.MESSAGE_SENT, one) for one in made])
        return len(made)

    async def acknowledge(self, connection: Any, found: Sequence[dict[str, Any]], reader: str) -> None:
        """Note that these Communications were read; those that were before stay as they are."""
        at = self._clock.now().isoformat(timespec="milliseconds")
        read = [{**one, "received": at} for one in found if not one.get("received")]
        with seeing(None):  # a patient writes no Communication, and has read this one
            await self.store.put_all(connection, read, Cause(agent=reader))
        await append(connection, [self._told(events.MESSAGE_ACKNOWLEDGED, one) for one in read])

    async def _people(self, connection: Any, patients: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By the patient that was named, whom it is to be told to."""
        named = await self.store.fetch(connection, [("Patient", one) for one in sorted(patients)])
        into = {id_: after for (_, id_), one in named.items() if (after := _replaced_by(one))}
        replacing = await self.store.fetch(connection, [("Patient", one) for one in sorted(set(into.values()))])
        found = {id_: replacing.get(("Patient", into.get(id_, id_)), one) for (_, id_), one in named.items()}
        return {id_: one for id_, one in found.items() if not _has_died(one)}

    def _told(self, name: str, one: Mapping[str, Any]) -> Any:
        return events.told(
            self._ids, name, one["id"], resource.kind_of(one), resource.patient_of(one), self._clock.now()
        )


def _to(notice: Notice, person: Mapping[str, Any]) -> Notice:
    return Notice(notice.key, notice.kind, str(person["id"]), notice.values, notice.about)


def _replaced_by(patient: Mapping[str, Any]) -> str | None:
    for link in patient.get("link", ()):
        if link.get("type") == "replaced-by":
            return str((link.get("other") or {}).get("reference", "")).partition("/")[2] or None
    return None


def _has_died(patient: Mapping[str, Any]) -> bool:
    return bool(patient.get("deceasedBoolean") or patient.get("deceasedDateTime"))
