"""The consultation: turn by turn, open to everybody, and kept in the record when the patient agrees."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from heard import heard
from xinglin.applications.virtual_doctor import Keeper
from xinglin.applications.virtual_doctor.consultation import router
from xinglin.applications.virtual_doctor.consultation.model import Consultation, Keeping, Turn
from xinglin.applications.virtual_doctor.consultation.service import turn
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds


def talk(words: str, **answers: Any) -> Turn:
    return turn(Consultation(words=words, answers=answers))


def interview(words: str, yes: frozenset[str] = frozenset()) -> tuple[Turn, dict[str, Any]]:
    """The whole conversation of somebody who has ``yes`` and nothing else."""
    answers: dict[str, Any] = {}
    while (now := talk(words, **answers)).question is not None:
        answers[now.question.finding] = "yes" if now.question.finding in yes else "no"
    return now, answers


def test_chest_pain_is_an_emergency_at_the_first_word_and_nothing_more_is_asked() -> None:
    first = talk("我胸口很痛，出冷汗")
    assert (first.advice.level, first.advice.call_now, first.question) == (2, True, None)
    assert first.advice.reasons[0].sources


def test_a_cough_is_routine_until_an_answer_says_otherwise() -> None:
    calm, answers = interview("咳嗽两天")
    assert calm.advice.level == 5
    assert {"breathless", "chest_pain"} <= answers.keys()
    grave, _ = interview("咳嗽两天", frozenset({"breathless"}))
    assert (grave.advice.level, grave.advice.call_now) == (2, True)


def test_whoever_is_not_understood_is_asked_for_the_eight_dangers() -> None:
    told, answers = interview("我就是觉得哪里不对劲")
    assert len(answers) == 8
    assert told.advice.level is None
    found, _ = interview("我就是觉得哪里不对劲", frozenset({"one_sided_weakness"}))
    assert found.advice.level == 2


def test_answers_against_the_own_words_do_not_lower_the_urgency() -> None:
    told = talk("胸痛", chest_pain="no")
    assert told.advice.level == 2
    assert told.understood.contradicted == ["chest_pain"]
    assert talk("没有胸痛，咳嗽", chest_pain="yes").advice.level == 2
    assert talk("咳嗽", no_such_thing="yes", breathless="unsure").advice.level == 5


@pytest.fixture
async def door() -> Any:
    application = FastAPI()
    application.include_router(router(keeper=None))  # type: ignore[arg-type]  # nothing is kept here
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://node") as client:
        yield client


async def test_anybody_may_ask_and_too_much_is_refused(door: httpx.AsyncClient) -> None:
    answer = await door.post("/api/virtual-doctor/consultation", json={"words": "my chest hurts"})
    assert answer.status_code == 200
    assert answer.json()["advice"]["level"] == 2
    for wrong in (
        {},
        {"words": "a" * 200_001},
        {"words": "咳嗽", "answers": {"fever": "maybe"}},
        {"words": "咳嗽", "answers": {f"x{n}": "no" for n in range(100)}},
    ):
        assert (await door.post("/api/virtual-doctor/consultation", json=wrong)).status_code == 422


class Clinic:
    """One patient with an account, over the real store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(SystemClock(), SystemIds())
        self.keeper = Keeper(database, self.store, SystemClock(), SystemIds())
        self.patient = str(uuid.uuid4())
        self.principal = Principal("account", "王芳", "user", "session", patients=(self.patient,))

    def keeping(self, **further: Any) -> Keeping:
        told = {"words": "头痛 <b>三天</b>", "answers": {"fever": "no", "stiff_neck": "unsure"}}
        return Keeping(**{**told, "patient": self.patient, "key": "key-0001", "agreed": True, **further})

    async def events(self) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT body FROM event WHERE name = 'preconsultation.completed' AND ordering_key = $1 ORDER BY position",
                f"Patient/{self.patient}",
            )
        return [orjson.loads(row["body"]) for row in rows]

    async def hear(self) -> None:
        now = datetime.now(UTC)
        told = [
            heard("virtual_doctor", "preconsultation.completed", f"Patient/{self.patient}", now, body)
            for body in await self.events()
        ]  # fmt: skip
        async with self.database.transaction() as connection:
            await self.keeper.handle(connection, told)

    async def found(self, type_: str) -> list[dict[str, Any]]:
        query = [("patient", f"Patient/{self.patient}")]
        async with self.database.connection() as connection:
            page = await self.store.search(connection, type_, query)
        return page.resources()


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    made = Clinic(database)
    async with database.transaction() as connection:
        await made.store.put_all(
            connection, [{"resourceType": "Patient", "id": made.patient, "name": [{"text": "王芳"}]}], Cause("test")
        )
    return made


async def test_the_doctor_reads_what_the_patient_agreed_to_keep(clinic: Clinic) -> None:
    kept = await clinic.keeper.keep(clinic.keeping(wants_person=True), clinic.principal)
    assert kept.written_now
    await clinic.hear()
    await clinic.hear()
    async with clinic.database.connection() as connection:
        response = await clinic.store.read(connection, "QuestionnaireResponse", kept.questionnaire_response)
    links = {item["linkId"]: item["answer"][0] for item in response["item"]}
    assert links["words"]["valueString"] == "头痛 <b>三天</b>"
    assert (links["headache"]["valueCoding"]["code"], links["fever"]["valueCoding"]["code"]) == ("Y", "N")
    assert links["stiff_neck"]["valueCoding"]["code"] == "UNK"
    (page,) = await clinic.found("Composition")
    assert [section["title"].split()[0] for section in page["section"]] == ["主诉", "有", "没有", "不确定", "分诊"]
    assert "&lt;b&gt;" in page["section"][0]["text"]["div"]
    (task,) = await clinic.found("Task")
    assert (task["status"], task["for"]["reference"]) == ("requested", f"Patient/{clinic.patient}")


async def test_a_request_sent_twice_keeps_one_consultation(clinic: Clinic) -> None:
    first = await clinic.keeper.keep(clinic.keeping(), clinic.principal)
    again = await clinic.keeper.keep(clinic.keeping(), clinic.principal)
    assert (first.written_now, again.written_now) == (True, False)
    assert first.questionnaire_response == again.questionnaire_response
    assert len(await clinic.events()) == 1
    await clinic.hear()
    assert await clinic.found("Task") == []


async def test_nothing_is_kept_without_agreement_or_for_a_stranger(clinic: Clinic) -> None:
    for keeping, principal, category in (
        (clinic.keeping(agreed=False), clinic.principal, Category.INVALID),
        (clinic.keeping(), replace(clinic.principal, patients=("other",)), Category.FORBIDDEN),
    ):
        with pytest.raises(XinglinError) as refused:
            await clinic.keeper.keep(keeping, principal)
        assert refused.value.category is category
    assert await clinic.events() == []
    assert await clinic.found("QuestionnaireResponse") == []
