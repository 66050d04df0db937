"""A clinic with a queue, two doctors of one department, one of another, a pharmacist, and patients, over the wire."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from nats.aio.client import Client

from xinglin.business_platform.access import Guard, ProtectionSettings
from xinglin.data_platform.store import Cause
from xinglin.data_platform.terminology import make_catalogues
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.http import Principal
from xinglin.server.assembly import Node, assemble
from xinglin.server.settings import read_settings
from xinglin.server.supervisor import DataFolder
from xinglin.server.web import make_application


@dataclass
class Doors:
    """In place of sign-in: whoever names an account is it."""

    people: dict[str, Principal] = field(default_factory=dict)

    async def principal_of(self, secret: str, method: str, path: str) -> Principal | None:
        return self.people.get(secret)


@dataclass
class Clinic:
    """One web process, and who works there; each test has patients and a service of its own."""

    node: Node
    client: httpx.AsyncClient
    doors: Doors
    service: str
    bus: Client

    def let_in(self, name: str, role: str, proved: bool = True, **further: Any) -> dict[str, str]:
        """The headers of one who is let in."""
        at = datetime.now(UTC) - (timedelta() if proved else timedelta(hours=3))
        token = name.encode().hex()
        self.doors.people[token] = Principal(
            name,
            name,
            "user",
            name,
            roles=frozenset({role}),
            authenticated_at=at,
            methods=frozenset({"pwd"}),
            **further,
        )
        return {"authorization": f"Bearer {token}", "accept-language": "en"}

    async def put(self, *resources: dict[str, Any]) -> None:
        async with self.node.database.transaction() as connection:
            await self.node.resources.put_all(connection, resources, Cause("test"))

    async def patient(self, *, allergy: str | None = None, taking: str | None = None, gender: str = "male") -> str:
        """Somebody of 50 whose kidneys were tested, who stands in the queue."""
        id_ = str(uuid.uuid4())
        about = {"subject": {"reference": f"Patient/{id_}"}}
        made: list[dict[str, Any]] = [
            {
                "resourceType": "Patient",
                "id": id_,
                "name": [{"text": "陈志远"}],
                "gender": gender,
                "birthDate": "1976-03-09",
            },
            {
                "resourceType": "Observation",
                "id": str(uuid.uuid4()),
                "status": "final",
                "code": {"text": "肌酐"},
                **about,
                "effectiveDateTime": datetime.now(UTC).isoformat(),
                "valueQuantity": {"value": 80, "unit": "umol/L"},
            },
        ]
        code = {"text": allergy} if allergy else {"coding": [{"code": "716186003"}]}
        made.append(
            {"resourceType": "AllergyIntolerance", "id": str(uuid.uuid4()), "code": code, "patient": about["subject"]}
        )
        if taking:
            made.append(
                {
                    "resourceType": "MedicationRequest",
                    "id": str(uuid.uuid4()),
                    "status": "active",
                    "intent": "order",
                    "medicationCodeableConcept": {"text": taking},
                    **about,
                }
            )
        await self.put(*made)
        return id_

    async def called(self, patient: str, doctor: str = "wang") -> str:
        """The Encounter of ``patient``, whom the doctor has called in."""
        desk = self.let_in("desk", "registrar")
        body = {"patient": patient, "service": self.service}
        entry = (await self.client.post("/api/queue/check-in", json=body, headers=desk)).json()
        asked = {"practitioner": doctor, "room": "3"}
        call = await self.client.post(f"/api/queue/services/{self.service}/call", json=asked, headers=desk)
        assert call.status_code == 200 and call.json()["encounter"] == entry["encounter"], call.text
        await self.client.post(f"/api/queue/entries/{entry['encounter']}/start", headers=desk)
        return str(entry["encounter"])

    async def read(self, type_: str, id_: str) -> dict[str, Any]:
        async with self.node.database.connection() as connection:
            return await self.node.resources.read(connection, type_, id_)

    async def found(self, type_: str, *asked: tuple[str, str]) -> list[dict[str, Any]]:
        async with self.node.database.connection() as connection:
            return list((await self.node.resources.search(connection, type_, asked)).resources())


@asynccontextmanager
async def opened(database: Database, client: Client, folder: Path) -> AsyncIterator[Clinic]:
    """The clinic, with the starter catalogues."""
    settings = replace(read_settings(Path("absent.toml")), protection=ProtectionSettings(0, 0, 0))
    node = assemble(settings, DataFolder(folder), database, client)
    await make_catalogues(database, node.resources, SystemClock()).start()
    doors = Doors()
    node = replace(node, guard=Guard(doors, node.policies, lambda _: None))  # type: ignore[arg-type]  # sign-in is tried elsewhere
    transport = httpx.ASGITransport(make_application(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as web:
        clinic = Clinic(node, web, doors, str(uuid.uuid4()), client)
        await clinic.put(
            {"resourceType": "Organization", "id": "cardiology", "name": "心内科"},
            {
                "resourceType": "HealthcareService",
                "id": clinic.service,
                "name": "心内科门诊",
                "_name": _in_english("Cardiology clinic"),
                "providedBy": {"reference": "Organization/cardiology"},
            },
            *({"resourceType": "Practitioner", "id": one, "name": [{"text": one}]} for one in ("wang", "li", "far")),
        )
        yield clinic


def _in_english(text: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": text}]
    return {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation", "extension": parts}]}
