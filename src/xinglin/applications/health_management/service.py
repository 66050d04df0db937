"""The newest results of a patient, explained, as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from xinglin.foundation.database import Database

from .explaining import Explained, explained, names_of

_MOST = "300"
_VALID = "final,amended,corrected"


class Resources(Protocol):
    """What this room needs of the store."""

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Any:
        """A page of a search, of what the caller may see."""
        ...


class Results:
    """Reads only; what the rules hide from the caller is not explained to them either."""

    def __init__(self, database: Database, resources: Resources) -> None:
        self._database = database
        self._resources = resources

    async def of(self, patient: str) -> list[Explained]:
        """The newest result of each test beside the one before it, of the last three hundred; critical ones first, then
        those outside their range, then the newest. What holds no number is left out."""
        asked = [("patient", f"Patient/{patient}"), ("status", _VALID), ("_sort", "-date"), ("_count", _MOST)]
        async with self._database.connection() as connection:
            found = (await self._resources.search(connection, "Observation", asked)).resources()
        tests: dict[str, list[dict[str, Any]]] = {}
        for one in found:
            tests.setdefault(_key(one), []).append(one)
        shown = [explained(one[0], one[1] if len(one) > 1 else None) for one in tests.values()]
        kept = sorted((one for one in shown if one is not None), key=lambda one: one.at or "", reverse=True)
        return sorted(kept, key=lambda one: (not one.is_critical, one.position in ("in", "unjudged")))


def _key(one: dict[str, Any]) -> str:
    codings = (one.get("code") or {}).get("coding", ())
    return next((f"{each.get('system')}|{each['code']}" for each in codings if each.get("code")), names_of(one)[0])
