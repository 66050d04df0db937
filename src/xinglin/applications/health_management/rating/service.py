"""A rating as QuestionnaireResponse of the visit, and an event for those who measure."""

from __future__ import annotations

from typing import Any

from xinglin.data_platform.fhir import translations
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import NewEvent, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids, derived

from ..follow_up import Resources
from .model import Rating, RatingShown

VISIT_RATED = "visit.rated"
QUESTIONNAIRE = "https://xinglin.health/Questionnaire/visit-rating|1"


class Ratings:
    """Reads and writes as the patient: the rules of access let them answer for their own record."""

    def __init__(self, database: Database, store: Resources, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._ids = ids

    async def read(self, encounter: str, principal: Principal) -> RatingShown:
        """Where it stands. Raises NOT_FOUND for a visit that is not the caller's."""
        async with self._database.connection() as connection:
            return await self._shown(connection, encounter, principal)

    async def rate(self, encounter: str, rating: Rating, principal: Principal) -> RatingShown:
        """Keep the first rating of a visit; a later one changes nothing. Raises CONFLICT before the visit has ended."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            shown = await self._shown(connection, encounter, principal)
            if shown.faces is not None:
                return shown
            if not shown.can_rate:
                raise XinglinError(Category.CONFLICT, "this visit has not ended yet", "该就诊尚未结束")
            whom = {"reference": f"Patient/{shown.patient}"}
            items: list[dict[str, Any]] = [
                {"linkId": "faces", "text": "满意程度（1–5） Satisfaction", "answer": [{"valueInteger": rating.faces}]}
            ]
            if rating.words.strip():
                said = [{"valueString": rating.words.strip()}]
                items.append({"linkId": "words", "text": "意见 Words", "answer": said})
            made = {
                "resourceType": "QuestionnaireResponse",
                "id": _id(encounter),
                "questionnaire": QUESTIONNAIRE,
                "status": "completed",
                "subject": whom,
                "encounter": {"reference": f"Encounter/{encounter}"},
                "authored": now.isoformat(timespec="milliseconds"),
                "author": whom,
                "source": whom,
                "item": items,
            }
            nobody_was_faster = {("QuestionnaireResponse", str(made["id"])): 0}
            await self._store.put_all(connection, [made], Cause(agent=principal.name), nobody_was_faster)
            body = {"encounter": f"Encounter/{encounter}", "faces": rating.faces}
            event = NewEvent(
                id=self._ids.new(),
                room="health_management",
                name=VISIT_RATED,
                key=whom["reference"],
                occurred_at=now,
                body=body,
            )
            await append(connection, [event])
        return shown.model_copy(update={"faces": rating.faces})

    async def _shown(self, connection: Any, encounter: str, principal: Principal) -> RatingShown:
        visit = await self._store.read(connection, "Encounter", encounter)
        patient = str((visit.get("subject") or {}).get("reference", "")).removeprefix("Patient/")
        if patient not in principal.patients:
            raise XinglinError(Category.NOT_FOUND, f"Encounter/{encounter} is not yours", "没有该就诊")
        found = await self._store.fetch(connection, [("QuestionnaireResponse", _id(encounter))])
        given = next((one["item"][0]["answer"][0]["valueInteger"] for one in found.values()), None)
        service = visit.get("serviceType") or {}
        department = str(service.get("text", ""))
        return RatingShown(
            encounter=encounter,
            patient=patient,
            department=department,
            department_en=translations(service.get("_text")).get("en", department),
            ended_at=(visit.get("period") or {}).get("end"),
            can_rate=visit.get("status") == "finished",
            faces=given,
        )


def _id(encounter: str) -> str:
    return derived("visit-rating", encounter)
