"""What a patient's page shows of notices, and that they were read."""

from __future__ import annotations

from collections.abc import Sequence

from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal

from . import resource
from .model import NoticesShown
from .service import Notices

_PAGE = 30
_MOST_COUNTED = 100


class Reading:
    """Read as the caller: what the rules hide is not shown."""

    def __init__(self, database: Database, notices: Notices) -> None:
        self._database = database
        self._notices = notices

    async def page(self, patients: Sequence[str], after: str | None) -> NoticesShown:
        """The newest of these patients, or those that follow ``after``, which the page before told."""
        asked = [*_of(patients), ("_sort", "-sent"), ("_count", str(_PAGE))]
        if after:
            asked.append(("_cursor", after))
        async with self._database.connection() as connection:
            page = await self._notices.store.search(connection, "Communication", asked) if patients else None
        shown = [resource.shown(one) for one in page.resources()] if page else []
        return NoticesShown(
            unread=await self.unread(patients),
            notices=shown,
            next=page.next if page else None,
        )

    async def unread(self, patients: Sequence[str]) -> int:
        """How many nobody has read, at most 100."""
        if not patients:
            return 0
        asked = [*_of(patients), ("received:missing", "true"), ("_count", str(_MOST_COUNTED))]
        async with self._database.connection() as connection:
            return len((await self._notices.store.search(connection, "Communication", asked)).matches)

    async def read(self, ids: Sequence[str], principal: Principal) -> int:
        """Note that these were read, where they are the caller's; returns how many are left."""
        async with self._database.transaction() as connection:
            found = await self._notices.store.fetch(connection, [("Communication", one) for one in ids])
            mine = [
                one
                for one in found.values()
                if resource.kind_of(one) and resource.patient_of(one) in principal.patients
            ]
            await self._notices.acknowledge(connection, mine, principal.name)
        return await self.unread(principal.patients)


def _of(patients: Sequence[str]) -> list[tuple[str, str]]:
    return [
        ("subject", ",".join(f"Patient/{one}" for one in patients)),
        ("category", f"{resource.CATEGORY}|{resource.NOTICE}"),
    ]
