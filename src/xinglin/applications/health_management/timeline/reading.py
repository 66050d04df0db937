"""The timeline of a patient, as whoever asks may see it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from xinglin.data_platform.search import date_span
from xinglin.foundation.database import Database

from ..follow_up import Resources
from .entry import SOURCES, Source
from .model import Kind, TimelineEntry, TimelineShown

_PAGE = 30
_FETCHED = 100


class Timelines:
    """Reads only; consents and rules that hide a resource from the caller leave it out."""

    def __init__(self, database: Database, store: Resources) -> None:
        self._database = database
        self._store = store

    async def page(self, patient: str, kinds: Collection[Kind], before: datetime | None) -> TimelineShown:
        """Some thirty entries of these kinds before an instant, the newest first: what happened at one instant stays
        on one page. Up to 100 of a kind at one instant are shown. Raises NOT_FOUND or FORBIDDEN for a patient whom
        the caller may not see."""
        entries: list[TimelineEntry] = []
        is_more = False
        async with self._database.connection() as connection:
            await self._store.read(connection, "Patient", patient)
            for kind in kinds:
                source = SOURCES[kind]
                page = await self._store.search(connection, source.type, _asked(source, patient, before))
                is_more = is_more or page.next is not None
                entries += [
                    entry for one in page.resources() if (entry := _entry(kind, source, one, before)) is not None
                ]
        entries.sort(key=lambda one: (one.at, one.reference), reverse=True)
        shown = entries[:_PAGE]
        shown += [one for one in entries[_PAGE:] if one.at == shown[-1].at]
        left = is_more or len(entries) > len(shown)
        return TimelineShown(patient=patient, entries=shown, next=shown[-1].at if left and shown else None)


def _asked(source: Source, patient: str, before: datetime | None) -> list[tuple[str, str]]:
    asked = [("subject", f"Patient/{patient}"), *source.only, ("_sort", f"-{source.when}"), ("_count", str(_FETCHED))]
    if before is not None:
        instant = before.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        asked.append((source.when, f"lt{instant}"))
    return asked


def _entry(kind: Kind, source: Source, one: dict[str, Any], before: datetime | None) -> TimelineEntry | None:
    """None for what was entered in error, has no time, or is of the page before."""
    at = source.at(one)
    began = date_span(at)[0] if at else None
    if one.get("status") == "entered-in-error" or began is None or (before is not None and began >= before):
        return None
    words = source.words(one)
    return TimelineEntry(
        reference=f"{source.type}/{one['id']}",
        kind=kind,
        at=began,
        title_zh=words.zh,
        title_en=words.en,
        text_zh=words.text_zh,
        text_en=words.text_en,
        state=str(one.get("status", "")),
        by=words.by,
    )
