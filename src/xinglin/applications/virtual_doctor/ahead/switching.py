"""Which department has approved which protocol: by its head, with name and date, in a PlanDefinition of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from xinglin.data_platform.fhir import english_name
from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..protocol import Protocol, protocols
from ..triage import finding_names
from . import reading
from .model import BothWords, DepartmentShown, ProtocolShown, ProtocolsShown, SwitchAsked, SwitchShown
from .proposing import protocol_of_plan
from .reading import Resource, Resources, id_of
from .resources import department_of, plan_definition, plan_id

_ROLE = "https://xinglin.health/id/department-role"
_HEAD = "head"
_EVERYWHERE = frozenset({"medical_director", "integration"})


class Switches:
    """Protocols are off until somebody who answers for a department switches them on: its head (a PractitionerRole
    with the code ``head`` of ``department-role``) or the medical director."""

    def __init__(self, database: Database, store: Resources, clock: Clock, zone: tzinfo) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._zone = zone

    async def read(self, principal: Principal) -> ProtocolsShown:
        """Every protocol, and how it stands in the caller's departments; in all that have clinics, for those who may
        switch everywhere."""
        with seeing(None):
            async with self._database.transaction() as connection:
                headed = await self._headed(connection, principal)
                units = await self._departments(connection, principal)
                plans = await reading.plans(self._store, connection)
        everywhere = bool(principal.roles & _EVERYWHERE)
        known = {(protocol_of_plan(one), department_of(one)): one for one in plans}
        return ProtocolsShown(
            departments=[
                DepartmentShown(id=id_, name=name, name_en=english, may_switch=everywhere or id_ in headed)
                for id_, (name, english) in sorted(units.items(), key=lambda one: (one[1], one[0]))
            ],
            protocols=[_shown(one, [_switch(unit, known.get((one.id, unit))) for unit in units]) for one in _all()],
        )

    async def switch(self, protocol_id: str, department: str, asked: SwitchAsked, principal: Principal) -> SwitchShown:
        """Approve a protocol for a department, or put it away. Raises NOT_FOUND, FORBIDDEN for whoever does not answer
        for it, PRECONDITION where a colleague switched meanwhile."""
        protocol = protocols().get(protocol_id)
        if protocol is None:
            raise XinglinError(Category.NOT_FOUND, f"there is no protocol {protocol_id}", f"没有方案 {protocol_id}")
        now = self._clock.now()
        with seeing(None):
            async with self._database.transaction() as connection:
                if not principal.roles & _EVERYWHERE and department not in await self._headed(connection, principal):
                    raise XinglinError(
                        Category.FORBIDDEN,
                        "the head of the department or the medical director switches its protocols",
                        "方案由科室主任或医务管理者启停",
                    )
                unit = await self._store.read(connection, "Organization", department)
                today = now.astimezone(self._zone).date()
                made = plan_definition(protocol, unit, asked.is_on, principal.name, asked.place.strip(), today, now)
                expected = {("PlanDefinition", made["id"]): asked.version}
                await self._store.put_all(connection, [made], Cause(agent=principal.name), expected)
                written = await self._store.read(connection, "PlanDefinition", plan_id(protocol, department))
        return _switch(department, written)

    async def _headed(self, connection: Any, principal: Principal) -> set[str]:
        if principal.practitioner is None:
            return set()
        asked = ("practitioner", f"Practitioner/{principal.practitioner}"), ("role", f"{_ROLE}|{_HEAD}")
        roles = await reading.found(self._store, connection, "PractitionerRole", *asked)
        return {id_of(one.get("organization")) for one in roles if one.get("active", True)} - {""}

    async def _departments(self, connection: Any, principal: Principal) -> dict[str, tuple[str, str]]:
        """Chinese and English names by id."""
        wanted = {("Organization", one) for one in principal.units}
        if principal.roles & _EVERYWHERE:
            services = await reading.found(self._store, connection, "HealthcareService")
            wanted |= {("Organization", id_) for one in services if (id_ := id_of(one.get("providedBy")))}
        found = await self._store.fetch(connection, sorted(wanted))
        names = {id_: (str(one.get("name", id_)), english_name(one)) for (_, id_), one in found.items()}
        return {id_: (name, english or name) for id_, (name, english) in names.items()}


def _all() -> list[Protocol]:
    return list(protocols().values())


def _shown(one: Protocol, switches: list[SwitchShown]) -> ProtocolShown:
    names = finding_names()
    excluded = [BothWords(zh=names[id_][0], en=names[id_][1]) for id_ in sorted(one.unless)]
    if one.not_pregnant:
        excluded.append(BothWords(zh="妊娠", en="pregnancy"))
    excluded += [BothWords(zh=each.zh, en=each.en) for each in one.asked_of_doctor]
    return ProtocolShown(
        id=one.id,
        version=one.version,
        name=BothWords(zh=one.name.zh, en=one.name.en),
        tests=[BothWords(zh=each.name_zh, en=each.name_en) for each in one.tests],
        age_least=one.age_least,
        excluded=excluded,
        sources=list(one.sources),
        switches=switches,
    )


def _switch(department: str, plan: Mapping[str, Any] | Resource | None) -> SwitchShown:
    if plan is None:
        return SwitchShown(department=department, is_on=False, by="", on=None, place="", version=0)
    return SwitchShown(
        department=department,
        is_on=plan["status"] == "active",
        by=str(plan["endorser"][0]["name"]),
        on=date.fromisoformat(plan["approvalDate"]),
        place=str(plan.get("usage", "")),
        version=int(plan["meta"]["versionId"]),
    )
