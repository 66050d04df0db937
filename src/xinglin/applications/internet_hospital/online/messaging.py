"""What both sides write: each message once, in order, marked when the other side has read it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import append
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids, derived

from ..record import Resources
from . import events, repository, written
from .calling import CHANGED, Calls
from .member import Member, practitioners
from .model import MOST_MESSAGES, OnlineShown, Resource
from .photo import rewritten
from .service import OnlineVisits, found


class Messages:
    """Messages are Communications in the Encounter, photos Media with a Binary."""

    def __init__(
        self, visits: OnlineVisits, database: Any, store: Resources, calls: Calls, clock: Any, ids: Ids
    ) -> None:
        self._visits = visits
        self._database = database
        self._store = store
        self._calls = calls
        self._clock = clock
        self._ids = ids

    async def say(self, encounter_id: str, key: str, text: str, principal: Principal) -> OnlineShown:
        """Send ``text``; the same ``key`` again changes nothing. Raises FORBIDDEN for whoever takes no part, CONFLICT
        in a visit that has ended or is full."""
        member, encounter = await self._visits.member(encounter_id, principal)
        return await self._send(member, encounter, key, {"contentString": text}, (), principal)

    async def show(self, encounter_id: str, key: str, content: bytes, principal: Principal) -> OnlineShown:
        """Send a photo. Raises as ``say``, and as ``rewritten`` for what is none."""
        member, encounter = await self._visits.member(encounter_id, principal)
        await self._visits.check_open(encounter_id)
        plain = await asyncio.to_thread(rewritten, content)
        media, binary = (derived("online", one, encounter_id, principal.id, key) for one in ("media", "binary"))
        made = written.photo(media, binary, member, plain, self._clock.now())
        payload = {"contentReference": {"reference": f"Media/{media}"}}
        return await self._send(member, encounter, key, payload, made, principal)

    async def photo(self, encounter_id: str, media: str, principal: Principal) -> bytes:
        """The JPEG of a photo in this visit. Raises NOT_FOUND, and FORBIDDEN for whoever takes no part."""
        await self._visits.member(encounter_id, principal)
        with seeing(None):
            async with self._database.transaction() as connection:
                found_ = (await self._store.fetch(connection, [("Media", media)])).get(("Media", media), {})
                is_here = (found_.get("encounter") or {}).get("reference") == f"Encounter/{encounter_id}"
                binary = str((found_.get("content") or {}).get("url", "")).partition("/")[2]
                held = await self._store.fetch(connection, [("Binary", binary)]) if is_here and binary else {}
        if not held:
            raise XinglinError(Category.NOT_FOUND, f"there is no photo {media} here", f"此处没有照片 {media}")
        return base64.b64decode(held["Binary", binary]["data"])

    async def mark_read(self, encounter_id: str, up_to: int, principal: Principal) -> OnlineShown:
        """Note that the caller has read what the other side wrote up to that number."""
        member, _ = await self._visits.member(encounter_id, principal)
        now = written.moment(self._clock.now())
        with seeing(None):
            async with self._database.transaction() as connection:
                found(await repository.visit(connection, encounter_id, lock=True), encounter_id)
                asked = [("encounter", f"Encounter/{encounter_id}"), ("_count", "500")]
                page = await self._store.search(connection, "Communication", asked)
                unread = [
                    {**one, "received": now}
                    for one in page.resources()
                    if 0 < written.number_of(one) <= up_to
                    and "received" not in one
                    and written.is_from_doctor(one) == (member.side == "patient")
                ]
                await self._store.put_all(connection, unread, Cause(agent=principal.name))
        if unread:
            await self._calls.say(encounter_id, CHANGED)
        return await self._visits.read(encounter_id, principal)

    async def _send(
        self,
        member: Member,
        encounter: Resource,
        key: str,
        payload: Resource,
        further: Sequence[Resource],
        principal: Principal,
    ) -> OnlineShown:
        encounter_id, now = member.encounter, self._clock.now()
        id_ = derived("online-message", encounter_id, principal.id, key)
        doctors = [f"Practitioner/{one}" for one in practitioners(encounter)]
        to = [f"Patient/{member.patient}"] if member.side == "doctor" else doctors
        with seeing(None):  # who takes part was asked; the rules of this room decide
            async with self._database.transaction() as connection:
                visit = found(await repository.visit(connection, encounter_id, lock=True), encounter_id)
                is_new = not await self._store.fetch(connection, [("Communication", id_)])
                if is_new:
                    await self._visits.check_open(encounter_id)
                    _refuse_full(visit)
                    number = await repository.count(connection, encounter_id)
                    made = [*further, written.message(id_, number, member, payload, to, now)]
                    await self._store.put_all(connection, made, Cause(agent=principal.name))
                    happened = events.told(
                        self._ids,
                        events.ONLINE_MESSAGE_SENT,
                        member.patient,
                        encounter_id,
                        now,
                        communication=f"Communication/{id_}",
                        side=member.side,
                    )
                    await append(connection, [happened])
        if is_new:
            await self._calls.say(encounter_id, CHANGED)
        return await self._visits.read(encounter_id, principal)


def _refuse_full(visit: repository.OnlineVisit) -> None:
    if visit.messages >= MOST_MESSAGES:
        raise XinglinError(
            Category.CONFLICT,
            f"a visit holds {MOST_MESSAGES} messages; end this one and ask for a new one",
            f"单次就诊最多 {MOST_MESSAGES} 条消息，请结束后重新申请",
        )
