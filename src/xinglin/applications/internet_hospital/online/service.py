"""Asking for an online visit, seeing where it stands, and ending it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from xinglin.business_platform import scheduling
from xinglin.data_platform.fhir import english_name, name_read_here
from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import Passing, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids, derived

from ..record import Resources
from ..settings import InternetHospitalSettings
from . import asking, consent, delivery, events, repository
from .member import Member, member_of, practitioners
from .model import AskAsked, Delivery, OneShown, OnlineShown, OptionsShown, Resource, Seen
from .written import number_of, shown

HowUrgent = Callable[[str], tuple[int | None, str, str]]
_MINE = timedelta(days=30)
_CLOSED = frozenset({"finished", "left"})
_MOST = ("_count", "500")


@dataclass(frozen=True, slots=True)
class Online:
    """What online visits need besides the rest of the room: ``how_urgent`` tells the triage level of words and what to
    do, in English and Chinese."""

    settings: InternetHospitalSettings
    queue: scheduling.queue.Queue
    how_urgent: HowUrgent
    passing: Passing


class OnlineVisits:
    """Online visits are places in the queue of their department (Encounter of class VR)."""

    def __init__(self, database: Database, store: Resources, online: Online, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._store = store
        self._online = online
        self._clock = clock
        self._ids = ids

    async def options(self, patient_id: str, principal: Principal) -> OptionsShown:
        """Where ``patient_id`` may be seen online. Raises FORBIDDEN for somebody else's patient."""
        check_own(patient_id, principal)
        settings = self._online.settings
        async with self._database.connection() as connection:
            patient = await self._store.read(connection, "Patient", patient_id)
            seen = await self._seen(connection, patient_id)
        age = self._age(patient)
        return OptionsShown(
            departments=seen,
            months=settings.seen_within_months,
            needs_guardian=age is not None and age < settings.guardian_under_years,
            consent=consent.text(),
        )

    async def ask(self, asked: AskAsked, principal: Principal) -> OnlineShown:
        """Stand in the department's line at home; the same ``key`` again is the same visit.

        Raises INVALID without consent to the text in force, UNPROCESSABLE where a rule stands against it, with what to
        do instead, CONFLICT for somebody who stands in that line at the hospital.
        """
        check_own(asked.patient, principal)
        async with self._database.connection() as connection:
            before = await repository.asked(connection, principal.id, asked.key)
        if before is not None:
            return await self.read(before.encounter, principal)
        await self._check(asked)
        return await self.read(await self._place(asked, principal), principal)

    async def _place(self, asked: AskAsked, principal: Principal) -> str:
        """The Encounter of the place in line. Each step may be done again, so that a request that was cut off between
        two of them is finished by being sent again."""
        now, agreed = self._clock.now(), derived("online-consent", principal.id, asked.key)
        with seeing(None):  # the rules of this room decide
            async with self._database.transaction() as connection:
                await repository.lock_consent(connection, agreed)
                if not await self._store.fetch(connection, [("Consent", agreed)]):
                    given = consent.consent(agreed, asked.patient, principal.name, asked.guardian, now)
                    await self._store.put_all(connection, [given], Cause(agent=principal.name))
            entry = await self._online.queue.check_in(_stand(asked))
            if not entry.is_online:
                raise XinglinError(
                    Category.CONFLICT,
                    "you stand in the line of this department at the hospital today",
                    "您今天已在该科室现场排队，请现场就诊",
                )
            id_, service = entry.encounter_id, f"HealthcareService/{asked.service}"
            visit = repository.OnlineVisit(
                id_, asked.patient, asked.service, principal.id, asked.key, agreed, now, 0, None
            )
            further = {"consent": f"Consent/{agreed}", "service": service}
            happened = events.told(self._ids, events.ONLINE_VISIT_ASKED, asked.patient, id_, now, **further)
            async with self._database.transaction() as connection:
                if await repository.add(connection, visit):
                    await append(connection, [happened])
        return id_

    async def mine(self, principal: Principal) -> list[OneShown]:
        """The online visits of the caller and of those whom they act for, of the last 30 days, the newest first."""
        async with self._database.connection() as connection:
            found = await repository.of_patients(connection, principal.patients, self._clock.now() - _MINE)
            names = await self._departments(connection, [one.service for one in found])
        shown_ = []
        for one in found:
            state = (await self._online.queue.entry(one.encounter)).state
            shown_.append(
                OneShown(
                    encounter=one.encounter,
                    patient=one.patient,
                    department=names.get(one.service, ""),
                    state=state,
                    is_open=state not in _CLOSED and self._clock.now() < self._closes(one.asked_at),
                    asked_at=one.asked_at,
                )
            )
        return shown_

    async def read(self, encounter_id: str, principal: Principal) -> OnlineShown:
        """The visit with its messages in order. Raises NOT_FOUND, and FORBIDDEN for whoever takes no part."""
        member, encounter = await self.member(encounter_id, principal)
        entry = await self._online.queue.entry(encounter_id)
        with seeing(None):  # whoever takes part sees what both sides wrote
            async with self._database.transaction() as connection:
                visit = found(await repository.visit(connection, encounter_id), encounter_id)
                asked = [("encounter", f"Encounter/{encounter_id}"), _MOST]
                page = await self._store.search(connection, "Communication", asked)
                messages = sorted((one for one in page.resources() if number_of(one)), key=number_of)
                doctors = [("Practitioner", one) for one in practitioners(encounter)]
                people = await self._store.fetch(connection, [*doctors, ("Patient", member.patient)])
                departments = await self._departments(connection, [visit.service])
                wanted = ("SupplyRequest", delivery.delivery_of(encounter_id))
                kept = await self._store.fetch(connection, [("Consent", visit.consent), wanted])
        closes_at = self._closes(visit.asked_at)
        return OnlineShown(
            encounter=encounter_id,
            patient=member.patient,
            patient_name=_name(people.get(("Patient", member.patient))),
            department=departments.get(visit.service, ""),
            side=member.side,
            state=entry.state,
            is_open=entry.state not in _CLOSED and self._clock.now() < closes_at,
            complaint=next((str(one.get("text", "")) for one in encounter.get("reasonCode", ())), ""),
            guardian=_guardian(kept.get(("Consent", visit.consent))),
            doctors=[_name(people.get(one)) for one in doctors],
            asked_at=visit.asked_at,
            closes_at=closes_at,
            messages=[shown(one, encounter_id) for one in messages],
            delivery=delivery.read(kept.get(wanted)),
        )

    async def deliver(self, encounter_id: str, asked: Delivery, principal: Principal) -> OnlineShown:
        """Note how the patient wants the drugs of this visit. Raises FORBIDDEN for the doctor, who does not decide it,
        CONFLICT once they were handed out."""
        member, _ = await self.member(encounter_id, principal)
        if member.side != "patient":
            raise XinglinError(Category.FORBIDDEN, "the patient says where the drugs go", "取药方式由患者选择")
        with seeing(None):
            async with self._database.transaction() as connection:
                found(await repository.visit(connection, encounter_id, lock=True), encounter_id)
                given = [("context", f"Encounter/{encounter_id}"), ("_count", "1")]
                if (await self._store.search(connection, "MedicationDispense", given)).resources():
                    raise XinglinError(
                        Category.CONFLICT,
                        "the drugs were handed out already; ask the pharmacy",
                        "药品已发出，如需更改请联系药房",
                    )
                made = delivery.supply_request(member, asked, self._clock.now())
                await self._store.put_all(connection, [made], Cause(agent=principal.name))
        return await self.read(encounter_id, principal)

    async def end(self, encounter_id: str, principal: Principal) -> OnlineShown:
        """End the visit: a patient who waits leaves the line, one with the doctor is done. A visit that has ended stays
        as it is."""
        await self.member(encounter_id, principal)
        entry = await self._online.queue.entry(encounter_id)
        await self.finish(entry)
        return await self.read(encounter_id, principal)

    async def finish(self, entry: scheduling.queue.Entry) -> None:
        """End the visit of ``entry`` once, and tell of it."""
        if entry.state not in _CLOSED:
            step: Literal["finish", "leave"] = "finish" if entry.state in ("in_room", "at_tests") else "leave"
            await self._online.queue.change(entry.encounter_id, step)
        now = self._clock.now()
        async with self._database.transaction() as connection:
            if await repository.close(connection, entry.encounter_id, now):
                happened = events.told(
                    self._ids, events.ONLINE_VISIT_CLOSED, entry.patient, entry.encounter_id, now, state=entry.state
                )
                await append(connection, [happened])

    async def member(self, encounter_id: str, principal: Principal) -> tuple[Member, Resource]:
        """Which side the caller is, and the Encounter as they may see it."""
        async with self._database.connection() as connection:
            encounter = await self._store.read(connection, "Encounter", encounter_id)
        return member_of(encounter, principal), encounter

    async def check_open(self, encounter_id: str) -> None:
        """Raise CONFLICT where the visit has ended."""
        entry = await self._online.queue.entry(encounter_id)
        async with self._database.connection() as connection:
            visit = found(await repository.visit(connection, encounter_id), encounter_id)
        if entry.state in _CLOSED or self._clock.now() >= self._closes(visit.asked_at):
            raise XinglinError(
                Category.CONFLICT,
                "this online visit has ended; what was written stays readable. Ask for a new one if you need to.",
                "本次在线就诊已结束，记录仍可查看；如有需要请重新申请。",
            )

    async def _check(self, asked: AskAsked) -> None:
        """Every rule against it, the most dangerous first."""
        asking.refuse_emergency(*self._online.how_urgent(asked.complaint))
        asking.refuse_without_consent(asked.consent)
        settings = self._online.settings
        async with self._database.connection() as connection:
            patient = await self._store.read(connection, "Patient", asked.patient)
            seen = await self._seen(connection, asked.patient)
        asking.refuse_child_alone(self._age(patient), asked.guardian, settings.guardian_under_years)
        asking.refuse_first_visit(seen, asked, settings.seen_within_months)

    async def _seen(self, connection: Any, patient: str) -> list[Seen]:
        since = asking.months_before(self._clock.now(), self._online.settings.seen_within_months)
        asked = [("patient", f"Patient/{patient}"), ("date", f"ge{since.date()}"), ("_sort", "-date"), _MOST]
        visits = list((await self._store.search(connection, "Encounter", asked)).resources())
        page = await self._store.search(connection, "HealthcareService", [_MOST])
        services = {one["id"]: one for one in page.resources() if one.get("active", True)}
        by_service = asking.seen_in(visits, list(services.values()), since)
        doctors = await self._store.fetch(connection, [("Practitioner", one) for _, one in by_service.values() if one])
        return [
            Seen(
                service=id_,
                name=str(services[id_].get("name", "")),
                name_en=english_name(services[id_]) or str(services[id_].get("name", "")),
                last_seen=at,
                practitioner=doctor,
                practitioner_name=_name(doctors.get(("Practitioner", doctor or ""))) or None,
            )
            for id_, (at, doctor) in sorted(by_service.items(), key=lambda one: one[1][0], reverse=True)
        ]

    async def _departments(self, connection: Any, services: Sequence[str]) -> dict[str, str]:
        named = await self._store.fetch(connection, [("HealthcareService", one) for one in services])
        return {id_: str(one.get("name", "")) for (_, id_), one in named.items()}

    def _age(self, patient: Mapping[str, Any]) -> int | None:
        return scheduling.queue.age_years(patient.get("birthDate"), self._clock.now().date())

    def _closes(self, asked_at: datetime) -> datetime:
        return asked_at + timedelta(hours=self._online.settings.online_hours)


def check_own(patient: str, principal: Principal) -> None:
    """Raise FORBIDDEN for a patient whom the caller neither is nor acts for."""
    if patient not in principal.patients:
        raise XinglinError(
            Category.FORBIDDEN, "you may do this for yourself and your family only", "只能为本人或家人办理"
        )


def found(visit: repository.OnlineVisit | None, encounter_id: str) -> repository.OnlineVisit:
    """``visit``. Raises NOT_FOUND for one that nobody asked for."""
    if visit is None:
        raise XinglinError(Category.NOT_FOUND, f"{encounter_id} is no online visit", f"{encounter_id} 不是在线就诊")
    return visit


def _stand(asked: AskAsked) -> scheduling.queue.CheckIn:
    return scheduling.queue.CheckIn(
        patient=asked.patient,
        service=asked.service,
        practitioner=asked.practitioner,
        is_online=True,
        about={"reasonCode": [{"text": asked.complaint}]},
    )


def _name(person: Mapping[str, Any] | None) -> str:
    return name_read_here(person) if person else ""


def _guardian(agreed: Mapping[str, Any] | None) -> str | None:
    """Whom the consent names beside the one who agreed."""
    said = str(((agreed or {}).get("performer") or [{}])[0].get("display", ""))
    return said.partition("；")[2] or None
