"""Proposing: what a kept consultation leads to, where a department has approved the protocol for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import append
from xinglin.foundation.ids import Ids

from ..protocol import Proposed, Protocol, proposed, protocols
from ..triage import Advice, Understood
from . import reading
from .events import TESTS_PROPOSED, happened
from .model import BothWords, TestsProposed
from .person import person_of
from .reading import Resource, Resources
from .resources import department_of, protocol_of, requests, said_in, task, test_name, tests_of

_AGENT = "virtual doctor"
_SPECIALTY_CHARACTERS = 2
_NEWEST = ("_sort", "-_lastUpdated")


class Proposer:
    """Works on the caller's connection, and as the room: what excludes a test must be seen, whoever may read it."""

    def __init__(self, store: Resources, ids: Ids) -> None:
        self._store = store
        self._ids = ids

    async def propose(
        self, connection: Any, patient: str, response: str, understood: Understood, advice: Advice, now: datetime
    ) -> list[TestsProposed]:
        """Write proposals for what ``patient`` told in ``response``; empty where no protocol fits."""
        with seeing(None):
            offered = await self._offered(connection, patient, advice, now)
            if not offered:
                return []
            person = person_of(
                await self._store.read(connection, "Patient", patient), await self._record(connection, patient), now
            )
            for department, approved in offered:
                if fitting := proposed(understood, advice, person, approved):
                    return await self._write(connection, patient, response, department, fitting, now)
        return []

    async def proposed_for(self, connection: Any, response: str) -> list[TestsProposed]:
        """What was proposed for a consultation that was kept before."""
        with seeing(None):
            told = await reading.tasks(self._store, connection, ("based-on", f"QuestionnaireResponse/{response}"))
            named = await self._store.fetch(connection, [each for one in told for each in tests_of(one)])
        return [shown(one, [named[each] for each in tests_of(one) if each in named]) for one in told]

    async def _write(
        self, connection: Any, patient: str, response: str, department: str, fitting: Sequence[Proposed], now: datetime
    ) -> list[TestsProposed]:
        at = now.isoformat(timespec="milliseconds")
        written, told, events = [], [], []
        for one in fitting:
            made = requests(one, patient, response, at)
            asked = task(one, patient, response, department, made, at)
            written += [*made, asked]
            told.append(shown(asked, made))
            references = [f"ServiceRequest/{each['id']}" for each in made]
            events.append(happened(self._ids, TESTS_PROPOSED, patient, asked["id"], department, references, now))
        await self._store.put_all(connection, written, Cause(agent=_AGENT))
        await append(connection, events)
        return told

    async def _offered(
        self, connection: Any, patient: str, advice: Advice, now: datetime
    ) -> list[tuple[str, list[Protocol]]]:
        """Departments with their approved protocols: where the patient is booked, those alone; else each, the one that
        the advice names first."""
        approved: dict[str, list[Protocol]] = {}
        names: dict[str, str] = {}
        on = {(department_of(one), protocol_of_plan(one)): one for one in await self._on(connection)}
        for (department, id_), plan in sorted(on.items()):
            if (known := protocols().get(id_)) is not None and known.version == plan.get("version"):
                approved.setdefault(department, []).append(known)
                names[department] = str(plan["useContext"][0]["valueCodeableConcept"].get("text", ""))
        if not approved:
            return []
        ahead = [one for _, one, _ in await reading.booked(self._store, connection, [patient], now)]
        if ahead:
            return [(one, approved[one]) for one in dict.fromkeys(ahead) if one in approved]
        specialty = advice.department.chinese[:_SPECIALTY_CHARACTERS]  # 呼吸科 is 呼吸与危重症医学科 elsewhere
        return sorted(approved.items(), key=lambda one: (specialty not in names[one[0]], one[0]))

    async def _on(self, connection: Any) -> list[Resource]:
        return await reading.plans(self._store, connection, ("status", "active"))

    async def _record(self, connection: Any, patient: str) -> list[Resource]:
        of = ("patient", f"Patient/{patient}")
        return [
            *await reading.found(self._store, connection, "Condition", of, _NEWEST),
            *await reading.found(self._store, connection, "Observation", of, ("code", "82810-3")),
            *await reading.found(self._store, connection, "ServiceRequest", of, _NEWEST),
        ]


def protocol_of_plan(one: Resource) -> str:
    """The id of the protocol that a PlanDefinition approves."""
    return str((one.get("identifier") or [{}])[0].get("value", ""))


def shown(one: Resource, tests: Sequence[Resource]) -> TestsProposed:
    """A proposal in words."""
    known = protocols().get(protocol_of(one))
    text = str(one.get("description", ""))
    return TestsProposed(
        task=one["id"],
        protocol=BothWords(zh=known.name.zh, en=known.name.en) if known else BothWords(zh=text, en=text),
        reason=next(iter(said_in(one, "reason")), BothWords(zh="", en="")),
        tests=[test_name(each) for each in tests],
    )
