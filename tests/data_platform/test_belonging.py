"""Whose record a resource is part of: what rules of access ask of every row."""

from __future__ import annotations

from typing import Any

import pytest

from xinglin.data_platform.search import GUARDED, NOBODY, SENSITIVE, UNTOLD, index
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database

ACT, CONFIDENTIALITY = (f"http://terminology.hl7.org/CodeSystem/v3-{name}" for name in ("ActCode", "Confidentiality"))


def observation(**subject: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}, "subject": subject}


@pytest.mark.parametrize(
    ("resource", "patient"),
    [
        (observation(reference="Patient/1"), "1"),
        (observation(reference="Patient/1/_history/3"), "1"),
        (observation(reference="Device/1"), NOBODY),
        (observation(reference="http://elsewhere/fhir/Patient/1"), UNTOLD),
        (observation(identifier={"system": "urn:mrn", "value": "7"}), UNTOLD),
        (observation(reference="urn:uuid:0"), UNTOLD),
        ({"resourceType": "Patient", "id": "9"}, "9"),
        ({"resourceType": "Location", "id": "l"}, NOBODY),
        ({"resourceType": "Device", "id": "d", "patient": {"reference": "Patient/2"}}, "2"),
        (
            {"resourceType": "Task", "id": "t", "status": "draft", "intent": "plan", "for": {"reference": "Patient/3"}},
            "3",
        ),
        (
            {
                "resourceType": "Appointment",
                "id": "a",
                "status": "booked",
                "participant": [
                    {"status": "accepted", "actor": {"reference": f"Patient/{number}"}} for number in (1, 2)
                ],
            },
            UNTOLD,
        ),
    ],
)
def test_a_resource_is_part_of_one_record_of_none_or_it_cannot_be_told(resource: dict[str, Any], patient: str) -> None:
    assert index(resource).patient == patient


@pytest.mark.parametrize(
    ("label", "marks"),
    [
        ({"system": ACT, "code": "HIV"}, SENSITIVE),
        ({"system": CONFIDENTIALITY, "code": "R"}, SENSITIVE),
        ({"system": CONFIDENTIALITY, "code": "N"}, 0),
        ({"system": ACT, "code": "VIP"}, GUARDED),
        ({"system": "urn:other", "code": "HIV"}, 0),
    ],
)
def test_security_labels_mark_a_row(label: dict[str, str], marks: int) -> None:
    assert index({**observation(reference="Patient/1"), "meta": {"security": [label]}}).marks == marks


async def test_every_version_keeps_whose_it_was(database: Database, store: Store) -> None:
    async with database.transaction() as connection:
        for number in (1, 2):
            await store.put_all(connection, [observation(reference=f"Patient/{number}")], Cause("test"))
    async with database.connection() as connection:
        now = await connection.fetchval("SELECT patient FROM resource WHERE type = 'Observation' AND id = 'o'")
        before = await connection.fetchval("SELECT patient FROM resource_history WHERE id = 'o'")
    assert (now, before) == ("2", "1")
