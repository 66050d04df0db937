"""Keeping a consultation: the patient writes what they told; the node adds the doctor's page a moment later."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import Event, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from ..ahead import Proposer
from ..ahead.reading import Resources
from .events import preconsultation_completed
from .model import Keeping, Kept
from .resources import call_back, composition, questionnaire_response
from .service import turn

_NAMES = uuid.UUID("5f0c1e0a-3b0e-5c6e-9a53-0d3d0b1b7a11")
_AGENT = "virtual doctor"


class Keeper:
    """Writes consultations that patients want to be kept."""

    def __init__(self, database: Database, resources: Resources, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._resources = resources
        self._clock = clock
        self._ids = ids
        self._proposer = Proposer(resources, ids)

    async def keep(self, keeping: Keeping, principal: Principal) -> Kept:
        """Writes the QuestionnaireResponse and the tests that a protocol proposes, and tells of it, in one
        transaction; once for a key of a patient.

        INVALID without agreement; FORBIDDEN where the caller neither is nor acts for the patient.
        """
        if not keeping.agreed:
            raise XinglinError(Category.INVALID, "Nothing is kept without agreement.", "未经同意不保存任何内容。")
        if keeping.patient not in principal.patients:
            raise XinglinError(
                Category.FORBIDDEN, "You may do this for yourself and your family only.", "只能为本人或家人保存。"
            )
        id_ = _named("response", keeping.patient, keeping.key)
        now = self._clock.now()
        told = turn(keeping)
        async with self._database.transaction() as connection:
            if await self._is_there(connection, id_):
                proposed = await self._proposer.proposed_for(connection, id_)
                return Kept(questionnaire_response=id_, written_now=False, tests=proposed)
            response = questionnaire_response(
                id_, keeping.patient, keeping, told, now.isoformat(timespec="milliseconds")
            )
            await self._resources.put_all(connection, [response], Cause(agent=principal.name))
            event = preconsultation_completed(self._ids, keeping.patient, id_, told.advice, keeping.wants_person, now)
            await append(connection, [event])
            tests = await self._proposer.propose(connection, keeping.patient, id_, told.understood, told.advice, now)
        return Kept(questionnaire_response=id_, written_now=True, tests=tests)

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Writes the doctor's page, and the call back where one is wanted, of each consultation that was kept."""
        for event in events:
            try:
                response = await self._resources.read(
                    connection, "QuestionnaireResponse", event.body["questionnaire_response"]
                )
            except XinglinError as error:
                if error.category in (Category.NOT_FOUND, Category.GONE):
                    continue  # taken back by the patient meanwhile
                raise
            made = [composition(_named("composition", response["id"]), response)]
            if event.body["wants_person"]:
                made.append(call_back(_named("task", response["id"]), response))
            await self._resources.put_all(connection, made, Cause(agent=_AGENT, causation_id=event.id))

    async def _is_there(self, connection: Any, id_: str) -> bool:
        try:
            await self._resources.read(connection, "QuestionnaireResponse", id_)
        except XinglinError as error:
            if error.category is Category.NOT_FOUND:
                return False
            raise
        return True


def _named(*parts: str) -> str:
    return str(uuid.uuid5(_NAMES, "/".join(parts)))
