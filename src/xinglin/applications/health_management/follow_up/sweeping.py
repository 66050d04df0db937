"""The job that brings each follow-up to its next stage when its time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from xinglin.business_platform.messaging import Notice, Notices, Value, Words
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from . import events, task
from .keeping import Resources, put_changed
from .model import Stage
from .task import Resource

_AGENT = "follow-up"
_LOOKS_EVERY_SECONDS = 20.0
_REMIND_BEFORE = timedelta(days=1)
_PAGE = 100
_LATER = (Category.CONFLICT, Category.PRECONDITION)
_NEXT: dict[Stage, tuple[str, str | None]] = {
    "reminded": ("follow-up-soon", None),
    "due": ("follow-up-due", events.FOLLOWUP_DUE),
    "unanswered": ("follow-up-again", events.FOLLOWUP_UNANSWERED),
}

log = structlog.get_logger("follow_up")


class Sweep:
    """May be killed at any point and started again: a stage, its event and its notice commit together. What one
    follow-up lacks stops no other. ``answer_days`` is how long an answer is awaited before a nurse asks."""

    def __init__(
        self,
        database: Database,
        store: Resources,
        notices: Notices,
        clock: Clock,
        ids: Ids,
        zone: str,
        answer_days: int,
    ) -> None:
        self._database = database
        self._store = store
        self._notices = notices
        self._clock = clock
        self._ids = ids
        self._zone = ZoneInfo(zone)
        self._answer_days = timedelta(days=answer_days)

    async def watch(self) -> None:
        """For ever."""
        while True:
            await self.once()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    async def once(self) -> int:
        """Everything whose time has come; how many follow-ups moved. After a node was away a follow-up that is due is
        not announced for tomorrow first."""
        now = self._clock.now()
        moved = await self._each("requested", "planned,reminded", now, "due")
        moved += await self._each("requested", "planned", now + _REMIND_BEFORE, "reminded")
        return moved + await self._each("in-progress", "due", now - self._answer_days, "unanswered")

    async def _each(self, status: str, stages: str, before: Any, stage: Stage) -> int:
        moved, after = 0, ""
        asked = [
            ("code", f"{task.TASK}|{task.FOLLOW_UP}"),
            ("status", status),
            ("business-status", ",".join(f"{task.STAGE}|{one}" for one in stages.split(","))),
            ("period", f"lt{task.instant(before)}"),
            ("_count", str(_PAGE)),
        ]
        while True:
            async with self._database.connection() as connection:
                page = await self._store.search(connection, "Task", [*asked, ("_cursor", after)] if after else asked)
            for one in page.resources():
                moved += await self._move(one, stage)
            if page.next is None:
                return moved
            after = page.next

    async def _move(self, one: Resource, stage: Stage) -> int:
        now, patient = self._clock.now(), task.patient_of(one)
        kind, event = _NEXT[stage]
        try:
            async with self._database.transaction() as connection:
                if await self._has_died(connection, patient):
                    stage, kind, event = "closed", "", events.FOLLOWUP_CLOSED
                    one = {**one, "statusReason": {"text": "患者已去世 The patient has died"}}
                await put_changed(self._store, connection, one, task.moved(one, stage, now), _AGENT)
                if event:
                    await append(connection, [events.told(self._ids, event, patient, one["id"], now)])
                if kind:
                    await self._notices.notify(connection, self._notice(kind, one))
        except XinglinError as error:
            if error.category not in _LATER:
                log.warning("follow-up not moved", task=one["id"], stage=stage, reason=error.english)
            return 0
        return 1

    def _notice(self, kind: str, one: Resource) -> Notice:
        values: dict[str, Value] = {}
        if kind != "follow-up-again":
            doctor = task.doctor_of(one)[:60]
            values["doctor"] = Words(
                f"{doctor}医生" if doctor else "您的医生", f"Dr {doctor}" if doctor else "Your doctor"
            )
        if kind == "follow-up-soon":
            values["day"] = task.due_at(one).astimezone(self._zone).date()
        return Notice(f"{kind}/{one['id']}", kind, task.patient_of(one), values, (f"Task/{one['id']}",))

    async def _has_died(self, connection: Any, patient: str) -> bool:
        found: Sequence[Resource] = list((await self._store.fetch(connection, [("Patient", patient)])).values())
        return any(one.get("deceasedBoolean") or one.get("deceasedDateTime") for one in found)
