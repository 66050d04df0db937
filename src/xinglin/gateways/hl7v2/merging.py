"""After a merge (A34, A40) what was written under the old number follows to the surviving patient.

The message itself only links the two patients, in its own small transaction. Their resources follow a piece at a
time, so that a record of many years holds up nobody, and a search by the survivor then finds all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.bus import Event
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError

from .intake import Transactions
from .mapping import replaced_by
from .repository import merged

_PIECE_RESOURCES = 200
_IDLE_SECONDS = 2.0
_MERGES_MAX = 8
_STAY = frozenset({"Patient", "Person", "AuditEvent", "Provenance"})
"""Types that go on naming the patient that was meant: identities themselves, and proof of what was done."""

log = structlog.get_logger("hl7v2.merging")


class Merging:
    """May be killed at any point: what has followed has followed, and the rest is found again."""

    def __init__(self, database: Transactions, store: Store, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    async def note(self, connection: Any, events: Sequence[Event]) -> None:
        """Remember the patients that ``identity.linked`` events say were merged away."""
        references = [str(one) for event in events for one in event.body.get("references", ())]
        patients = [one.removeprefix("Patient/") for one in references if one.startswith("Patient/")]
        await merged.note(connection, patients, self._clock.now())

    async def run(self) -> None:
        """Let resources follow for ever; waits while the database is away or somebody else writes the same."""
        while True:
            try:
                if await self.follow():
                    continue
            except XinglinError as error:
                log.warning("resources of a merged patient wait", reason=error.english)
            await asyncio.sleep(_IDLE_SECONDS)

    async def follow(self) -> bool:
        """Let one piece follow; returns whether there was anything to do."""
        async with self._database.transaction() as connection:
            patient = await merged.oldest(connection)
            if patient is None:
                return False
            if not await self._move(connection, patient, await self._survivor(connection, patient)):
                await merged.finished(connection, patient)
            return True

    async def _move(self, connection: Any, patient: str, survivor: str) -> int:
        found = await self._store.of_patient(connection, patient, _PIECE_RESOURCES, but=_STAY)
        old, new = f"Patient/{patient}", f"Patient/{survivor}"
        moved = [(one, _repointed(one, old, new)) for one in found]
        changed = [now for before, now in moved if now != before]
        if changed:
            versions = {(one["resourceType"], one["id"]): int(one["meta"]["versionId"]) for one in changed}
            await self._store.put_all(connection, changed, Cause("hl7v2"), versions)
        return len(changed)

    async def _survivor(self, connection: Any, patient: str) -> str:
        for _ in range(_MERGES_MAX):
            found = await self._store.fetch(connection, [("Patient", patient)])
            following = replaced_by(found.get(("Patient", patient), {}))
            if following is None:
                break
            patient = following
        return patient


def _repointed(value: Any, old: str, new: str) -> Any:
    """``value`` with every reference to ``old`` pointing to ``new``; a reference to a version stays."""
    if isinstance(value, list):
        return [_repointed(one, old, new) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: _repointed(one, old, new) for name, one in value.items()}
    if found.get("reference") == old:
        found["reference"] = new
    return found
