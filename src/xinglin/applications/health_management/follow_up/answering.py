"""A patient's own follow-ups, and their answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xinglin.data_platform.search import seeing
from xinglin.foundation.bus import append
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import Ids, derived

from . import events, questionnaire, task
from .keeping import Resources, no_follow_up, put_changed, read_task
from .model import Answer, OwnFollowUp
from .task import Resource

HowUrgent = Callable[[str], tuple[int | None, str, str]]
_AWAITED = ("requested", "in-progress")
_MOST = "50"


class Answering:
    """``how_urgent`` tells the triage level of words (1 at once … 5, None where nothing was understood)."""

    def __init__(self, database: Database, store: Resources, clock: Clock, ids: Ids, how_urgent: HowUrgent) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._ids = ids
        self._how_urgent = how_urgent

    async def mine(self, patients: Sequence[str]) -> list[OwnFollowUp]:
        """The follow-ups of these patients: those that wait for an answer first, then the newest."""
        if not patients:
            return []
        whose = ",".join(f"Patient/{one}" for one in patients)
        asked = [("patient", whose), ("code", f"{task.TASK}|{task.FOLLOW_UP}"), ("_sort", "-authored-on")]
        async with self._database.connection() as connection:
            page = await self._store.search(connection, "Task", [*asked, ("_count", _MOST)])
            found: list[Resource] = page.resources()
            answers = await self._store.fetch(connection, [one for each in found for one in answers_of(each)])
        shown = [_shown(one, answers) for one in found]
        waiting = sorted((one for one in shown if one.can_answer), key=lambda one: one.due_at)
        return [*waiting, *(one for one in shown if not one.can_answer)]

    async def answer(self, id_: str, answer: Answer, principal: Principal) -> OwnFollowUp:
        """Keep the answer, and put what is wrong with it before the doctor in the same transaction; the same ``key``
        again answers the same. Raises NOT_FOUND for what is not the caller's, CONFLICT where none is awaited."""
        response = derived("follow-up-answer", id_, answer.key)
        level = self._how_urgent(answer.words)[0] if answer.words.strip() else None
        why, now = questionnaire.concerns(answer, level), self._clock.now()
        async with self._database.transaction() as connection:
            before = await read_task(self._store, connection, id_)
            if task.patient_of(before) not in principal.patients:
                raise no_follow_up(id_)
            given = await self._store.fetch(connection, [("QuestionnaireResponse", response)])
            if given:
                return _shown(before, given)
            if before["status"] not in _AWAITED:
                raise XinglinError(
                    Category.CONFLICT,
                    "this follow-up needs no answer any more; if you are worse, book a visit or call 120",
                    "本次随访已结束，无需再答；如有加重请预约就诊，紧急情况请拨打 120",
                )
            made = questionnaire.response(response, before, answer, why, now)
            value = {"valueReference": {"reference": f"QuestionnaireResponse/{response}"}}
            after = task.moved(
                before, "answered", now, output=task.with_output(before, "回答 Answer", "answer", now, **value)
            )
            raised = [task.concern(before, response, why, now)] if why else []
            with seeing(None):  # the Task is the node's; whose it is was asked above
                await put_changed(self._store, connection, before, after, principal.name, made, *raised)
            told = {"response": f"QuestionnaireResponse/{response}", "feeling": answer.feeling}
            if raised:
                told |= {"concern": f"Task/{raised[0]['id']}", "why": why[0]}
            event = events.told(self._ids, events.FOLLOWUP_ANSWERED, task.patient_of(before), id_, now, **told)
            await append(connection, [event])
        return _shown(after, {("QuestionnaireResponse", response): made})


def answers_of(one: Resource) -> list[tuple[str, str]]:
    """The QuestionnaireResponses that a Task holds or is about."""
    held = [(each.get("valueReference") or {}).get("reference", "") for each in one.get("output", ())]
    named = [*held, (one.get("focus") or {}).get("reference", "")]
    found = [reference.partition("/") for reference in named]
    return [(type_, id_) for type_, _, id_ in found if type_ == "QuestionnaireResponse"]


def answer_of(one: Resource, answers: dict[tuple[str, str], Any]) -> Any:
    """The answer of a Task as pages show it, None where there is none that the caller may see."""
    return next((questionnaire.shown(answers[each]) for each in answers_of(one) if each in answers), None)


def _shown(one: Resource, answers: dict[tuple[str, str], Any]) -> OwnFollowUp:
    return OwnFollowUp(
        id=str(one["id"]),
        patient=task.patient_of(one),
        stage=task.stage_of(one),
        what=task.what_of(one),
        test=task.test_of(one),
        doctor=task.doctor_of(one),
        due_at=task.due_at(one),
        can_answer=one["status"] in _AWAITED,
        answer=answer_of(one, answers),
    )
