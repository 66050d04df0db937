"""The clinicians' list: who is worse, who did not answer, who is due; and what is done about it in one press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xinglin.business_platform.messaging import Notice, Notices, Words
from xinglin.data_platform.fhir import name_read_here
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids

from . import events, task
from .answering import answer_of, answers_of
from .keeping import Resources, put_changed, read_task
from .model import FollowUpRow, Stage, Step, StepDone
from .task import Resource

_OPEN = ("requested", "in-progress")
_MOST = "300"
_LEAST_REASON_CHARACTERS = 2
_ORDER: dict[Stage, int] = {"answered": 0, "unanswered": 1, "due": 2, "reminded": 3, "planned": 4, "closed": 5}
_URGENCY = {"stat": 0, "urgent": 1, "asap": 2}
_INVITING: dict[Step, str] = {"come": "follow-up-come", "online": "follow-up-online"}


class Followed:
    """Reads and writes as whoever asks may: the rules of access decide whose follow-ups are on whose list."""

    def __init__(self, database: Database, store: Resources, notices: Notices, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._store = store
        self._notices = notices
        self._clock = clock
        self._ids = ids

    async def listed(self, principal: Principal, only_mine: bool) -> list[FollowUpRow]:
        """What is open, the worst first, then who did not answer, then by the day. At most 300."""
        codes = ",".join(f"{task.TASK}|{one}" for one in (task.CONCERN, task.FOLLOW_UP))
        asked = [("code", codes), ("status", ",".join(_OPEN)), ("_sort", "period"), ("_count", _MOST)]
        if only_mine:
            asked.append(("owner", f"Practitioner/{principal.practitioner or 'nobody'}"))
        async with self._database.connection() as connection:
            found: list[Resource] = (await self._store.search(connection, "Task", asked)).resources()
            people = await self._store.fetch(connection, [("Patient", task.patient_of(one)) for one in found])
            answers = await self._store.fetch(connection, [one for each in found for one in answers_of(each)])
        rows = [
            (_order(one), _row(one, people.get(("Patient", task.patient_of(one)), {}), answers, principal))
            for one in found
        ]
        return [row for _, row in sorted(rows, key=lambda one: one[0])]

    async def do(self, id_: str, step: Step, reason: str, principal: Principal) -> StepDone:
        """Note what was done, and ask the patient to come or to be seen online where that is the step. The same again
        changes nothing. Raises INVALID for closing without a reason, CONFLICT where somebody else was faster, and
        what the rules of access say."""
        if step == "close" and len(reason.strip()) < _LEAST_REASON_CHARACTERS:
            raise XinglinError(Category.INVALID, "say why it is closed", "请填写关闭原因", expression="reason")
        now = self._clock.now()
        async with self._database.transaction() as connection:
            before = await read_task(self._store, connection, id_)
            if before["status"] not in _OPEN:
                if _was_done(before, step):
                    return StepDone(id=id_, stage=task.stage_of(before))
                raise _closed()
            stage: Stage = "closed" if step == "close" else "answered"
            output = task.with_output(before, "处理 Done", step, now, valueString=principal.name)
            further: Resource = {"output": output}
            if step == "close":
                further["statusReason"] = {"text": reason.strip()}
            await put_changed(
                self._store, connection, before, task.moved(before, stage, now, **further), principal.name
            )
            patient = task.patient_of(before)
            if step in _INVITING:
                await self._notices.notify(connection, _invitation(_INVITING[step], before, principal))
            told = events.told(self._ids, events.FOLLOWUP_CLOSED, patient, id_, now, step=step)
            await append(connection, [told])
        return StepDone(id=id_, stage=stage)


def _invitation(kind: str, one: Resource, principal: Principal) -> Notice:
    name = principal.name[:60]
    doctor = Words(f"{name}医生" if "physician" in principal.roles else name, name)
    return Notice(f"{kind}/{one['id']}", kind, task.patient_of(one), {"doctor": doctor}, (f"Task/{one['id']}",))


def _was_done(one: Resource, step: Step) -> bool:
    codings: Sequence[Any] = [c for each in one.get("output", ()) for c in each["type"].get("coding", ())]
    return any(one.get("code") == step for one in codings)


def _closed() -> XinglinError:
    return XinglinError(Category.CONFLICT, "this was dealt with already", "该随访已处理")


def _order(one: Resource) -> tuple[Any, ...]:
    if task.is_concern(one):
        return 0, _URGENCY.get(str(one.get("priority")), 3), task.due_at(one)
    return 1, _ORDER[task.stage_of(one)], task.due_at(one)


def _row(one: Resource, person: Resource, answers: Any, principal: Principal) -> FollowUpRow:
    telecom = person.get("telecom", ())
    owner = (one.get("owner") or {}).get("reference", "")
    return FollowUpRow(
        id=str(one["id"]),
        patient=task.patient_of(one),
        name=name_read_here(person) if person else "",
        gender=str(person.get("gender", "unknown")),
        birth_date=person.get("birthDate"),
        phone=next((str(each.get("value", "")) for each in telecom if each.get("system") == "phone"), ""),
        stage=task.stage_of(one),
        why=task.why_of(one),
        what=None if task.is_concern(one) else task.what_of(one),
        test=task.test_of(one),
        doctor=task.doctor_of(one),
        is_mine=bool(principal.practitioner) and owner == f"Practitioner/{principal.practitioner}",
        due_at=task.due_at(one),
        encounter=(one.get("encounter") or {}).get("reference", "").partition("/")[2] or None,
        answer=answer_of(one, answers),
    )
