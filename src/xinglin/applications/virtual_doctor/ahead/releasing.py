"""Releasing: a doctor of the department makes proposals orders, or refuses; the patient is told where and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from xinglin.data_platform.fhir import name_read_here
from xinglin.data_platform.search import seeing
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import Event, append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from ..protocol import protocols
from . import reading
from .events import TESTS_REFUSED, TESTS_RELEASED, happened, placed
from .model import BothWords, MyTests, TestsDecided, TestsWaiting
from .proposing import protocol_of_plan, shown
from .reading import Resource, Resources, id_of
from .resources import department_of, protocol_of, said_in, test_name, tests_of

Decision = Literal["released", "refused"]
_STATUS: dict[Decision, str] = {"released": "completed", "refused": "rejected"}
_SHOWN_FOR = timedelta(days=14)
_OPEN_VISIT = "arrived,triaged,in-progress,onleave"
_AGENT = "virtual doctor"


class Releases:
    """Works as the room, whose own rule holds: physicians see and decide what is put before their departments, of
    guarded people, too, since one that nobody may see would never be decided."""

    def __init__(self, database: Database, store: Resources, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._ids = ids

    async def waiting(self, principal: Principal) -> list[TestsWaiting]:
        """What the caller's departments are to decide, the oldest first."""
        if not principal.units:
            return []
        owners = ",".join(f"Organization/{one}" for one in principal.units)
        asked = (("status", "requested"), ("owner", owners), ("_sort", "_lastUpdated"))
        with seeing(None):
            async with self._database.transaction() as connection:
                told = await reading.tasks(self._store, connection, *asked)
                known = await self._store.fetch(connection, {each for one in told for each in _read_for(one)})
                people = sorted({id_of(one["for"]) for one in told})
                allergies = await self._allergies(connection, people)
        return [_waiting(one, known, allergies) for one in told if ("Patient", id_of(one["for"])) in known]

    async def decide(
        self, task_id: str, decision: Decision, reason: str, version: int, principal: Principal
    ) -> TestsDecided:
        """Make the proposals orders, or put them away, in one transaction; the same by the same doctor again changes
        nothing.

        Raises NOT_FOUND for one that is not of the caller's departments, CONFLICT where a colleague has decided,
        PRECONDITION where it changed since it was seen, FORBIDDEN for an account without a Practitioner.
        """
        if principal.practitioner is None:
            raise XinglinError(
                Category.FORBIDDEN, "your account is not linked to a Practitioner", "您的账号未关联医务人员信息"
            )
        try:
            return await self._decide(task_id, decision, reason, version, principal)
        except XinglinError as error:
            if error.category is not Category.PRECONDITION:
                raise
        return await self._decide(task_id, decision, reason, version, principal)  # tells who was first

    async def mine(self, patients: Sequence[str]) -> list[MyTests]:
        """Tests before the doctor of the last two weeks that ``patients`` were proposed, the newest first."""
        if not patients:
            return []
        now = self._clock.now()
        since = (now - _SHOWN_FOR).date().isoformat()
        people = ",".join(f"Patient/{one}" for one in patients)
        with seeing(None):
            async with self._database.transaction() as connection:
                told = await reading.tasks(
                    self._store,
                    connection,
                    ("patient", people),
                    ("authored-on", f"ge{since}"),
                    ("_sort", "-authored-on"),
                )
                tests = await self._store.fetch(connection, {each for one in told for each in tests_of(one)})
                done = await self._done(connection, [id_ for _, id_ in tests])
                plans = await reading.plans(self._store, connection, ("status", "active")) if told else []
                booked = await reading.booked(self._store, connection, list(patients), now) if told else []
        places = {(protocol_of_plan(one), department_of(one)): str(one.get("usage", "")) for one in plans}
        return [_mine(one, tests, done, places, booked) for one in told]

    async def handle(self, connection: Any, events: Sequence[Event]) -> None:
        """Give released tests of whoever checked in the visit, so that its doctor sees and its bill charges them."""
        arrived = {id_of({"reference": one.key}): id_of({"reference": one.body["encounter"]}) for one in events}
        people = ",".join(f"Patient/{one}" for one in sorted(arrived))
        told = await reading.tasks(self._store, connection, ("patient", people), ("status", "completed"))
        tests = await self._store.fetch(connection, {each for one in told for each in tests_of(one)})
        for patient, encounter in sorted(arrived.items()):
            own = [one for one in tests.values() if id_of(one["subject"]) == patient]
            await self._join(connection, patient, encounter, own, self._clock.now())

    async def _join(
        self, connection: Any, patient: str, encounter: str, tests: Sequence[Resource], now: datetime
    ) -> None:
        since = now - _SHOWN_FOR
        loose = [
            {**one, "encounter": {"reference": f"Encounter/{encounter}"}}
            for one in tests
            if one["status"] == "active"
            and "encounter" not in one
            and datetime.fromisoformat(one["authoredOn"]) >= since
        ]
        if loose:
            await self._store.put_all(connection, loose, Cause(agent=_AGENT))
            references = [f"ServiceRequest/{one['id']}" for one in loose]
            await append(connection, [placed(self._ids, patient, encounter, references, now)])

    async def _decide(
        self, task_id: str, decision: Decision, reason: str, version: int, principal: Principal
    ) -> TestsDecided:
        now = self._clock.now()
        with seeing(None):
            async with self._database.transaction() as connection:
                task = await self._store.read(connection, "Task", task_id)
                if department_of(task) not in principal.units:
                    raise XinglinError(Category.NOT_FOUND, f"there is no Task {task_id} here", f"没有任务 {task_id}")
                if task["status"] != "requested":
                    return _as_decided(task, decision, principal)
                seen = int(task["meta"]["versionId"])
                if seen != version:
                    raise XinglinError(
                        Category.PRECONDITION,
                        "this changed since you saw it: look at it again",
                        "内容已变化，请重新查看后再操作",
                    )
                decided = _decided_task(task, decision, reason, principal, now)
                asked = await self._store.fetch(connection, tests_of(task))
                tests = [_decided_test(one, decision, principal) for one in asked.values()]
                expected = {("Task", task_id): seen}
                await self._store.put_all(connection, [decided, *tests], Cause(agent=principal.name), expected)
                patient = id_of(task["for"])
                references = [f"ServiceRequest/{one['id']}" for one in tests]
                name = TESTS_RELEASED if decision == "released" else TESTS_REFUSED
                told = happened(self._ids, name, patient, task_id, department_of(task), references, now)
                await append(connection, [told])
                if decision == "released" and (encounter := await self._visit(connection, patient)):
                    await self._join(connection, patient, encounter, tests, now)
        return _as_decided({**decided, "meta": {"versionId": str(seen + 1)}}, decision, principal)

    async def _visit(self, connection: Any, patient: str) -> str | None:
        """The visit that the patient is at now."""
        found = await reading.found(
            self._store,
            connection,
            "Encounter",
            ("patient", f"Patient/{patient}"),
            ("status", _OPEN_VISIT),
            ("class", "AMB"),
            ("_sort", "-_lastUpdated"),
        )
        return str(found[0]["id"]) if found else None

    async def _allergies(self, connection: Any, people: Sequence[str]) -> dict[str, list[str]]:
        if not people:
            return {}
        asked = ",".join(f"Patient/{one}" for one in people)
        found: dict[str, list[str]] = {}
        for one in await reading.found(self._store, connection, "AllergyIntolerance", ("patient", asked)):
            code = one.get("code") or {}
            words = code.get("text") or (code.get("coding") or [{}])[0].get("display") or "?"
            found.setdefault(id_of(one["patient"]), []).append(str(words))
        return found

    async def _done(self, connection: Any, tests: Sequence[str]) -> set[str]:
        """Which of these ServiceRequests have a result."""
        if not tests:
            return set()
        asked = ("based-on", ",".join(f"ServiceRequest/{one}" for one in tests))
        results = [
            *await reading.found(self._store, connection, "DiagnosticReport", asked),
            *await reading.found(self._store, connection, "Observation", asked),
        ]
        return {id_of(each) for one in results for each in one.get("basedOn", ())}


def _read_for(task: Mapping[str, Any]) -> list[tuple[str, str]]:
    response = id_of((task.get("basedOn") or [{}])[0])
    return [
        *tests_of(task),
        ("Patient", id_of(task["for"])),
        ("Organization", department_of(task)),
        ("QuestionnaireResponse", response),
    ]


def _waiting(
    task: Resource, known: Mapping[tuple[str, str], Resource], allergies: Mapping[str, list[str]]
) -> TestsWaiting:
    patient = known["Patient", id_of(task["for"])]
    protocol = protocols().get(protocol_of(task))
    response = known.get(("QuestionnaireResponse", id_of((task.get("basedOn") or [{}])[0])), {})
    words = next((one["answer"][0]["valueString"] for one in response.get("item", ()) if one["linkId"] == "words"), "")
    told = shown(task, [known[each] for each in tests_of(task) if each in known])
    asked = [] if protocol is None else protocol.asked_of_doctor
    return TestsWaiting(
        **told.model_dump(),
        version=int(task["meta"]["versionId"]),
        patient=patient["id"],
        name=name_read_here(patient),
        sex=patient.get("gender"),
        birth_date=patient.get("birthDate"),
        department=str(known.get(("Organization", department_of(task)), {}).get("name", "")),
        words=words,
        seen=said_in(task, "seen"),
        asked_of_doctor=[BothWords(zh=one.zh, en=one.en) for one in asked],
        sources=[] if protocol is None else list(protocol.sources),
        allergies=allergies.get(patient["id"]),
        proposed_at=datetime.fromisoformat(task["authoredOn"]),
    )


def _decided_task(task: Resource, decision: Decision, reason: str, principal: Principal, now: datetime) -> Resource:
    moment = now.isoformat(timespec="milliseconds")
    who = {"reference": f"Practitioner/{principal.practitioner}", "display": principal.name}
    made = {**task, "status": _STATUS[decision], "lastModified": moment}
    made["note"] = [{"authorReference": who, "time": moment, "text": reason.strip() or decision}]
    if reason.strip():
        made["statusReason"] = {"text": reason.strip()}
    return made


def _decided_test(one: Resource, decision: Decision, principal: Principal) -> Resource:
    if decision == "refused":
        return {**one, "status": "revoked"}
    who = {"reference": f"Practitioner/{principal.practitioner}", "display": principal.name}
    return {**one, "status": "active", "intent": "order", "requester": who}


def _as_decided(task: Resource, decision: Decision, principal: Principal) -> TestsDecided:
    """What stands. Raises CONFLICT where that is not what the caller asked for, or a colleague's."""
    note = (task.get("note") or [{}])[0]
    who = note.get("authorReference") or {}
    if id_of(who) != principal.practitioner or task["status"] != _STATUS[decision]:
        name, released = who.get("display", "?"), task["status"] == "completed"
        raise XinglinError(
            Category.CONFLICT,
            f"{name} has {'released' if released else 'refused'} this already",
            f"{name} 已{'开单' if released else '退回'}，无需再处理",
        )
    return TestsDecided(
        task=task["id"],
        version=int(task["meta"]["versionId"]),
        state=decision,
        by=who.get("display", "?"),
        at=datetime.fromisoformat(note["time"]),
        reason=str((task.get("statusReason") or {}).get("text", "")),
        references=[f"{type_}/{id_}" for type_, id_ in tests_of(task)],
    )


def _mine(
    task: Resource,
    tests: Mapping[tuple[str, str], Resource],
    done: set[str],
    places: Mapping[tuple[str, str], str],
    booked: Sequence[tuple[str, str, datetime]],
) -> MyTests:
    patient, department, own = id_of(task["for"]), department_of(task), tests_of(task)
    protocol = protocols().get(protocol_of(task))
    start = next((at for who, unit, at in booked if (who, unit) == (patient, department)), None)
    state: Literal["proposed", "released", "done", "refused"] = "proposed"
    if task["status"] == "rejected":
        state = "refused"
    elif task["status"] == "completed":
        finished = all(id_ in done or tests.get((type_, id_), {}).get("status") == "completed" for type_, id_ in own)
        state = "done" if finished else "released"
    return MyTests(
        task=task["id"],
        patient=patient,
        state=state,
        tests=[test_name(tests[each]) for each in own if each in tests],
        reason=str((task.get("statusReason") or {}).get("text", "")),
        place=places.get((protocol_of(task), department), ""),
        be_there_at=None if start is None or protocol is None else start - timedelta(minutes=protocol.minutes_before),
        proposed_at=datetime.fromisoformat(task["authoredOn"]),
    )
