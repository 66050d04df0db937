"""A patient rates a visit that has ended, once; the department's figures count it."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from heard import heard
from xinglin.applications.health_management.rating import Ratings
from xinglin.applications.health_management.rating.model import Rating
from xinglin.applications.management import VisitMeasures
from xinglin.applications.management.routes import _lines
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Desk:
    def __init__(self, database: Database) -> None:
        self.database, self.store = database, Store(SystemClock(), SystemIds())
        self.ratings = Ratings(database, self.store, SystemClock(), SystemIds())
        self.measures = VisitMeasures(database, self.store, SystemClock(), "Asia/Shanghai")

    async def visit(self, status: str = "finished") -> tuple[str, Principal]:
        patient, encounter = str(uuid.uuid4()), str(uuid.uuid4())
        subject = {"reference": f"Patient/{patient}"}
        told = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": "Cardiology"}]
        beside = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": told}]}
        made = {
            "resourceType": "Encounter",
            "id": encounter,
            "status": status,
            "class": {"code": "AMB"},
            "serviceType": {"text": "心内科", "_text": beside},
        }
        async with self.database.transaction() as connection:
            await self.store.put_all(
                connection, [{"resourceType": "Patient", "id": patient}, {**made, "subject": subject}], Cause("test")
            )
        return encounter, Principal("p", "赵敏", "user", "", roles=frozenset({"patient"}), patients=(patient,))

    async def hear(self, name: str, patient: str, **body: Any) -> None:
        event = heard("any", name, f"Patient/{patient}", AT, body)
        async with self.database.transaction() as connection:
            await self.measures.handle(connection, [event])

    async def events(self, encounter: str) -> int:
        async with self.database.connection() as connection:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM event WHERE name = 'visit.rated' AND body ->> 'encounter' = $1",
                    f"Encounter/{encounter}",
                )
            )


@pytest.fixture
async def desk(database: Database) -> Desk:
    return Desk(database)


async def test_a_visit_is_rated_once_and_the_first_word_counts(desk: Desk) -> None:
    encounter, who = await desk.visit()
    assert (await desk.ratings.read(encounter, who)).can_rate
    assert (await desk.ratings.rate(encounter, Rating(faces=2, words="等太久"), who)).faces == 2
    assert (await desk.ratings.rate(encounter, Rating(faces=5), who)).faces == 2
    assert (await desk.ratings.read(encounter, who)).faces == 2 and await desk.events(encounter) == 1


async def test_the_visit_is_named_by_its_department_in_both_languages(desk: Desk) -> None:
    shown = await desk.ratings.read(*await desk.visit())
    assert (shown.department, shown.department_en) == ("心内科", "Cardiology")


async def test_a_visit_that_goes_on_or_is_somebody_elses_is_not_rated(desk: Desk) -> None:
    encounter, who = await desk.visit("in-progress")
    with pytest.raises(XinglinError, match="has not ended"):
        await desk.ratings.rate(encounter, Rating(faces=5), who)
    _, stranger = await desk.visit()
    with pytest.raises(XinglinError, match="is not yours"):
        await desk.ratings.rate(encounter, Rating(faces=1), stranger)


async def test_ratings_are_counted_by_department_and_hour_and_stand_in_the_table(desk: Desk) -> None:
    service = str(uuid.uuid4())
    for faces in (5, 2, None):
        encounter, who = await desk.visit()
        visit = {"encounter": f"Encounter/{encounter}", "service": f"HealthcareService/{service}", "state": "finished"}
        await desk.hear("encounter.arrived", who.patients[0], **visit)
        if faces:
            await desk.hear("visit.rated", who.patients[0], encounter=f"Encounter/{encounter}", faces=faces)
        await desk.hear("encounter.finished", who.patients[0], **visit)
    await desk.hear("visit.rated", "x", encounter="Encounter/of-another-node", faces=1)
    found = await desk.measures.read(date(2026, 3, 2), date(2026, 3, 2), service)
    (row,) = [one for one in found.rows if one.hour == 9 and one.service == service]
    assert (row.arrived, row.rated, row.faces_mean) == (3, 2, 3.5)
    head, *lines = _lines(found)
    assert {line[head.index("faces_mean")] for line in lines} == {3.5}
