"""A hospital of two wards and four patients behind one web process, and people of every kind who use its pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from nats.aio.client import Client
from playwright.async_api import Browser

from xinglin.applications.settlement import SettlementSettings
from xinglin.business_platform.access import Access, AccessSettings, Guard, Policies, make_access
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.bus import Publisher, Subscriber
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database, Session, session
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds
from xinglin.server.assembly import Node, assemble
from xinglin.server.duty import beside
from xinglin.server.settings import read_settings
from xinglin.server.supervisor import DataFolder, Endpoints
from xinglin.server.web import make_application

from .pages import LAPTOP, Language, Reader

_IDS = "https://xinglin.health/id/"
_RESTRICTED = [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]

CLOSED, OWN, CARED = "patient-closed", "patient-own", "patient-cared"
"""In another ward than the physician's; the one with an account; in the physician's care."""
CLOSED_NUMBER = "M2026001"


def _somebody(name: str, role: str, **further: Any) -> Principal:
    return Principal(f"account-{role}", name, "user", "", roles=frozenset({role}), **further)


PHYSICIAN = _somebody("王建国", "physician", practitioner="doctor-wang", units=("cardiology",))
DIRECTOR = _somebody("孙主任", "medical_director")
SECURITY = _somebody("周安全", "security_administrator")
PHARMACIST = _somebody("周药师", "pharmacist", practitioner="pharmacist-zhou")
CASHIER = _somebody("钱收费", "registrar")
PATIENT = _somebody("赵敏", "patient", patients=(OWN,))


@dataclass(frozen=True, slots=True)
class Hospital:
    """One web process of it."""

    url: str
    store: Store
    database: Database
    policies: Policies
    access: Access

    async def sit_down(
        self, browser: Browser, person: Principal, language: Language = "zh-CN", size: tuple[int, int] = LAPTOP
    ) -> Reader:
        """A browser in which ``person`` is signed in."""
        reader = await Reader.sit_down(browser, self.url, language=language, size=size)
        link = await self.access.make_link(person.name, "user")
        _, issued = await self.access.sign_in(link.secret)
        await reader.page.context.add_cookies(
            [{"name": "xinglin_session", "value": issued.secret, "url": self.url, "sameSite": "Strict"}]
        )
        return reader


class _Doors:
    """In place of accounts: whose name a session bears, they are."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._people = {one.name: one for one in (PHYSICIAN, DIRECTOR, SECURITY, PHARMACIST, CASHIER, PATIENT)}

    async def principal_of(self, secret: str, method: str, path: str) -> Principal | None:
        found = await self._access.principal_of(secret, method, path)
        if found is None or found.name not in self._people:
            return found
        proved = {"authenticated_at": found.authenticated_at, "methods": found.methods}
        return replace(self._people[found.name], session_id=found.session_id, **proved)


@asynccontextmanager
async def small_hospital(
    database: Database, client: Client, folder: Path, settlement: SettlementSettings | None = None
) -> AsyncIterator[Hospital]:
    """The hospital, open for readers until the block ends; with ``settlement`` its bills and notices follow its events."""
    settings = read_settings(Path("absent.toml"))
    if settlement is not None:
        settings = replace(settings, settlement=settlement)
    data = DataFolder(folder)
    node = assemble(settings, data, database, client)
    access = make_access(database, SystemClock(), SystemIds(), AccessSettings())
    node = replace(node, guard=Guard(_Doors(access), node.policies, access.require_recent))  # type: ignore[arg-type]
    whole = (("xinglin.tenant", "1"),)
    with session(Session(reading=whole, writing=whole)):
        async with database.transaction() as connection:
            await node.resources.put_all(connection, _resources(), Cause("test"))
    server = uvicorn.Server(
        uvicorn.Config(make_application(node), host="127.0.0.1", port=0, lifespan="off", log_level="warning")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    data.write_endpoints(Endpoints("", "", "", "", web_url=url))
    async with _working(node, client) if settlement is not None else nullcontext():
        yield Hospital(url, node.resources, database, node.policies, access)
    server.should_exit = server.force_exit = True
    await serving


@asynccontextmanager
async def _working(node: Node, client: Client) -> AsyncIterator[None]:
    """What a worker does for bills and notices, while the block runs."""
    rooms = [one for one in node.modules if one.name in ("settlement", "messaging")]
    publisher = Publisher(node.database, client, node.settings.bus, node.settings.node.path)
    duties = {"publisher": publisher.run} | {job.name: job.run for room in rooms for job in room.jobs}
    duties |= {one.name: Subscriber(node.database, client, one).run for room in rooms for one in room.subscriptions}
    async with AsyncExitStack() as running:
        for name, run in duties.items():
            await running.enter_async_context(beside(name, run))
        yield


def _resources() -> list[dict[str, Any]]:
    made = [
        _unit("cardiology", "心内科"),
        _unit("orthopaedics", "骨科"),
        _doctor("doctor-wang", "王建国", "wang jianguo"),
        _doctor("doctor-li", "李秀英", "li xiuying"),
    ]
    for id_, number, name, unit, doctor in (
        (CLOSED, CLOSED_NUMBER, "钱国强", "orthopaedics", "doctor-li"),
        (OWN, "M2026002", "赵敏", "orthopaedics", "doctor-li"),
        (CARED, "M2026003", "陈志远", "cardiology", "doctor-wang"),
        ("patient-ward", "M2026004", "刘洋", "cardiology", "doctor-li"),
    ):
        made += _patient(id_, number, name, unit, doctor)
    made.append(
        {**_result(CARED, "HIV 抗体", 0.1, "S/CO"), "id": "result-sensitive", "meta": {"security": _RESTRICTED}}
    )
    return made


def _unit(id_: str, name: str) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": id_, "name": name}


def _doctor(id_: str, name: str, pinyin: str) -> dict[str, Any]:
    names = [{"text": name}, {"text": pinyin}]
    return {"resourceType": "Practitioner", "id": id_, "name": names, "qualification": [{"code": {"text": "主任医师"}}]}


def _patient(id_: str, number: str, name: str, unit: str, doctor: str) -> list[dict[str, Any]]:
    patient = {
        "resourceType": "Patient",
        "id": id_,
        "active": True,
        "identifier": [{"system": f"{_IDS}patient", "value": number}],
        "name": [{"text": name}],
        "gender": "female" if id_ == OWN else "male",
        "birthDate": "1951-03-09",
    }
    visit = {
        "resourceType": "Encounter",
        "id": f"visit-{id_}",
        "status": "in-progress",
        "class": {"code": "IMP"},
        "identifier": [{"system": f"{_IDS}visit", "value": f"V{number}"}],
        "subject": {"reference": f"Patient/{id_}"},
        "period": {"start": (datetime.now(UTC) - timedelta(days=2)).isoformat()},
        "participant": [{"individual": {"reference": f"Practitioner/{doctor}"}}],
        "serviceProvider": {"reference": f"Organization/{unit}"},
    }
    return [patient, visit, _result(id_, "血清钾", 4.1, "mmol/L"), _result(id_, "肌酐", 88, "umol/L")]


def _result(patient: str, name: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"{patient}-{'k' if name == '血清钾' else 'c'}",
        "status": "final",
        "code": {"text": name},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": datetime.now(UTC).isoformat(),
        "valueQuantity": {"value": value, "unit": unit},
    }


async def consents_of(hospital: Hospital, patient: str) -> list[Mapping[str, Any]]:
    """What the store holds of a patient's consents, past the rules."""
    whole = (("xinglin.tenant", "1"), ("xinglin.reach", "all"))
    with session(Session(reading=whole, writing=whole)):
        async with hospital.database.connection() as connection:
            page = await hospital.store.search(connection, "Consent", [("patient", f"Patient/{patient}")])
    return page.resources()
