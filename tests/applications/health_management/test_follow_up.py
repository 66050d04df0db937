"""A planned follow-up is asked at its time, once; who is worse comes before the doctor at once; who is silent, before a
nurse."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xinglin.applications.health_management import HealthManagementSettings
from xinglin.applications.health_management.follow_up import Answering, Followed, Sweep
from xinglin.applications.health_management.follow_up.model import Answer, FollowUpRow, OwnFollowUp
from xinglin.applications.internet_hospital.visit import following_up
from xinglin.applications.internet_hospital.visit.model import Content, FollowUp
from xinglin.applications.internet_hospital.visit.written import Visit
from xinglin.applications.virtual_doctor import how_urgent
from xinglin.business_platform.messaging import Notice, Notices
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds

ZONE = "Asia/Shanghai"
SIGNED = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
"""Half past one at night on the 24th where the hospital is."""


class Clock:
    def __init__(self) -> None:
        self.at = SIGNED

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()


class Ward:
    """The room of follow-ups on a database, with a clock that is moved."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, ids = database, Clock(), SystemIds()
        self.store = Store(self.clock, ids)
        self.notices = Notices(self.store, self.clock, ids, ZONE)
        self.answering = Answering(database, self.store, self.clock, ids, how_urgent)
        self.followed = Followed(database, self.store, self.notices, self.clock, ids)
        self.sweep = self.make_sweep(self.notices)

    def make_sweep(self, notices: Notices) -> Sweep:
        return Sweep(self.database, self.store, notices, self.clock, SystemIds(), ZONE, 3)

    async def put(self, *resources: dict[str, Any]) -> None:
        async with self.database.transaction() as connection:
            await self.store.put_all(connection, resources, Cause("test"))

    async def planned(self, **further: Any) -> tuple[str, str]:
        """Somebody who is to be asked in three days; their id and the Task's."""
        patient = str(uuid.uuid4())
        phone = [{"system": "phone", "value": "13800000000"}]
        await self.put({"resourceType": "Patient", "id": patient, "name": [{"text": "赵敏"}], "telecom": phone})
        visit = Visit(str(uuid.uuid4()), patient, "wang", "王建国", SIGNED, 1, ZONE, "Organization/cardiology")
        made = list(following_up.resources(visit, Content(follow_up=FollowUp(in_days=3, **further))))
        await self.put(*made)
        return patient, next(one["id"] for one in made if one["resourceType"] == "Task")

    async def kinds(self, patient: str) -> list[str]:
        async with self.database.connection() as connection:
            found = await self.store.search(
                connection, "Communication", [("subject", f"Patient/{patient}"), ("_sort", "sent")]
            )
        return [one["topic"]["coding"][0]["code"] for one in found.resources()]

    async def told(self, patient: str) -> list[str]:
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "SELECT name FROM event WHERE ordering_key = $1 AND name LIKE 'followup.%' ORDER BY position",
                f"Patient/{patient}",
            )
        return [row["name"] for row in rows]

    async def own(self, patient: str) -> OwnFollowUp:
        (one,) = await self.answering.mine([patient])
        return one

    async def rows(self, patient: str, who: Principal | None = None, mine: bool = False) -> list[FollowUpRow]:
        found = await self.followed.listed(who or WANG, mine)
        return [one for one in found if one.patient == patient]


WANG = Principal("w", "王建国", "user", "", roles=frozenset({"physician"}), practitioner="wang")
NURSE = Principal("n", "孙护士", "user", "", roles=frozenset({"nurse"}), practitioner="sun")


def _patient(patient: str) -> Principal:
    return Principal("p", "赵敏", "user", "", roles=frozenset({"patient"}), patients=(patient,))


def _answer(feeling: str = "better", **further: Any) -> Answer:
    given: dict[str, Any] = {"feeling": feeling, "taking": "all", "side_effects": False, "key": str(uuid.uuid4())}
    return Answer(**(given | further))


@pytest.fixture
async def ward(database: Database) -> Ward:
    return Ward(database)


def test_a_follow_up_in_three_days_is_due_at_nine_in_the_morning_of_the_hospitals_day() -> None:
    assert following_up.due_at(SIGNED, 3, ZONE) == datetime(2026, 11, 27, 1, 0, tzinfo=UTC)  # the 24th there, not here
    assert following_up.due_at(SIGNED, 3, "America/New_York") == datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize("days", [0, 31])
def test_a_node_does_not_start_that_would_wait_for_an_answer_for_ever(days: int) -> None:
    with pytest.raises(XinglinError) as refused:
        HealthManagementSettings(answer_days=days)
    assert refused.value.category is Category.INVALID


async def test_a_patient_is_reminded_the_day_before_and_asked_when_it_is_due_each_once(ward: Ward) -> None:
    patient, _ = await ward.planned()
    due = (await ward.own(patient)).due_at
    for before, stage in ((timedelta(days=1, minutes=1), "planned"), (timedelta(hours=23), "reminded"), (-timedelta(), "reminded"), (-timedelta(seconds=1), "due")):  # fmt: skip
        ward.clock.at = due - before
        await ward.sweep.once()
        await ward.sweep.once()
        assert (await ward.own(patient)).stage == stage
    assert await ward.kinds(patient) == ["follow-up-soon", "follow-up-due"]
    assert await ward.told(patient) == ["followup.due"]


async def test_after_a_node_was_away_nothing_is_announced_that_is_already_due(ward: Ward) -> None:
    patient, _ = await ward.planned()
    ward.clock.at += timedelta(days=5)
    await ward.sweep.once()
    assert await ward.kinds(patient) == ["follow-up-due"]


async def test_a_sweep_that_is_cut_off_between_the_stage_and_the_notice_does_both_the_next_time(ward: Ward) -> None:
    class Cut(Notices):
        async def notify(self, connection: Any, *notices: Notice) -> int:
            await super().notify(connection, *notices)
            raise asyncio.CancelledError

    patient, _ = await ward.planned()
    ward.clock.at += timedelta(days=5)
    with pytest.raises(asyncio.CancelledError):
        await ward.make_sweep(Cut(ward.store, ward.clock, SystemIds(), ZONE)).once()
    assert (await ward.own(patient)).stage == "planned" and await ward.told(patient) == []
    await ward.sweep.once()
    assert await ward.kinds(patient) == ["follow-up-due"] and await ward.told(patient) == ["followup.due"]


async def test_two_sweeps_at_once_ask_once(ward: Ward) -> None:
    patient, _ = await ward.planned()
    ward.clock.at += timedelta(days=5)
    await asyncio.gather(*(ward.sweep.once() for _ in range(3)))
    assert await ward.kinds(patient) == ["follow-up-due"] and await ward.told(patient) == ["followup.due"]


async def test_the_family_of_a_patient_who_has_died_is_not_asked_how_they_are(ward: Ward) -> None:
    patient, _ = await ward.planned()
    await ward.put({"resourceType": "Patient", "id": patient, "deceasedBoolean": True})
    ward.clock.at += timedelta(days=5)
    await ward.sweep.once()
    assert (await ward.own(patient)).stage == "closed" and await ward.kinds(patient) == []


async def test_who_is_better_is_done_and_troubles_nobody(ward: Ward) -> None:
    patient, task = await ward.planned()
    ward.clock.at += timedelta(days=5)
    await ward.sweep.once()
    given = _answer(words="好多了")
    shown = await ward.answering.answer(task, given, _patient(patient))
    assert shown.stage == "answered" and shown.answer is not None and not shown.answer.advice.is_emergency
    assert "120" in shown.answer.advice.zh[-1] and "120" in shown.answer.advice.en[-1]
    assert await ward.rows(patient) == []
    again = await ward.answering.answer(task, given, _patient(patient))
    assert again == shown and await ward.told(patient) == ["followup.due", "followup.answered"]
    with pytest.raises(XinglinError) as refused:
        await ward.answering.answer(task, _answer("worse"), _patient(patient))
    assert refused.value.category is Category.CONFLICT and "120" in refused.value.chinese


@pytest.mark.parametrize(
    ("answer", "why", "says"),
    [
        (_answer("worse"), ["worse"], "已通知您的医生"),
        (_answer("same", side_effects=True), ["side_effects"], "不要自行停药"),
        (_answer("same", taking="none"), ["not_taking"], "按医嘱服药"),
        (_answer("worse", side_effects=True, words="胸口压榨样疼痛，出冷汗"), ["red_flag", "worse", "side_effects"], "立即拨打 120"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_an_answer_is_before_the_doctor_at_once_and_the_patient_knows_what_to_do(
    ward: Ward, answer: Answer, why: list[str], says: str
) -> None:
    patient, task = await ward.planned()
    shown = await ward.answering.answer(task, answer, _patient(patient))
    assert shown.answer is not None and says in shown.answer.advice.zh[0]
    assert shown.answer.advice.is_emergency is ("red_flag" in why)
    (row,) = await ward.rows(patient, mine=True)
    assert row.why == why and row.answer == shown.answer and row.phone == "13800000000" and row.is_mine


async def test_the_list_has_who_is_in_danger_first_then_who_is_worse_then_the_silent_then_the_due(ward: Ward) -> None:
    wanted = {}
    for name, given in (("due", None), ("silent", None), ("worse", _answer("worse")), ("danger", _answer("worse", words="突然呼吸困难"))):  # fmt: skip
        wanted[name] = await ward.planned()
        if given:
            await ward.answering.answer(wanted[name][1], given, _patient(wanted[name][0]))
    async with ward.database.transaction() as connection:
        later = await ward.store.read(connection, "Task", wanted["due"][1])
        later["executionPeriod"] = {"start": "2026-11-29T01:00:00Z"}
        await ward.store.put_all(connection, [later], Cause("test"))
    ward.clock.at = datetime(2026, 11, 30, 2, tzinfo=UTC)
    for _ in range(2):
        await ward.sweep.once()
    names = {patient: name for name, (patient, _) in wanted.items()}
    listed = [names[one.patient] for one in await ward.followed.listed(WANG, True) if one.patient in names]
    assert listed == ["danger", "worse", "silent", "due"]


async def test_who_does_not_answer_in_three_days_comes_onto_the_nurses_list_and_may_still_answer(ward: Ward) -> None:
    patient, task = await ward.planned()
    due = (await ward.own(patient)).due_at
    ward.clock.at = due + timedelta(seconds=1)
    await ward.sweep.once()
    ward.clock.at = due + timedelta(days=3, seconds=1)
    await ward.sweep.once()
    await ward.sweep.once()
    (row,) = await ward.rows(patient, NURSE)
    assert row.stage == "unanswered" and await ward.kinds(patient) == ["follow-up-due", "follow-up-again"]
    assert await ward.told(patient) == ["followup.due", "followup.unanswered"]
    assert (await ward.answering.answer(task, _answer(), _patient(patient))).stage == "answered"
    assert await ward.rows(patient, NURSE) == []


@pytest.mark.parametrize(
    ("step", "kinds"), [("called", []), ("come", ["follow-up-come"]), ("online", ["follow-up-online"])]
)
async def test_one_press_deals_with_who_is_worse_and_pressing_twice_does_it_once(
    ward: Ward, step: Any, kinds: list[str]
) -> None:
    patient, task = await ward.planned()
    await ward.answering.answer(task, _answer("worse"), _patient(patient))
    (row,) = await ward.rows(patient)
    for _ in range(2):
        await ward.followed.do(row.id, step, "", WANG)
    assert await ward.rows(patient) == [] and await ward.kinds(patient) == kinds
    assert await ward.told(patient) == ["followup.answered", "followup.closed"]
    with pytest.raises(XinglinError, match="dealt with"):
        await ward.followed.do(row.id, "close", "已联系", NURSE)


async def test_a_follow_up_is_not_closed_without_a_reason_and_its_reason_is_kept(ward: Ward) -> None:
    patient, task = await ward.planned()
    with pytest.raises(XinglinError) as refused:
        await ward.followed.do(task, "close", " ", WANG)
    assert refused.value.category is Category.INVALID
    await ward.followed.do(task, "close", "已在外院就诊", WANG)
    ward.clock.at += timedelta(days=5)
    await ward.sweep.once()
    assert (await ward.own(patient)).stage == "closed" and await ward.kinds(patient) == []
    async with ward.database.connection() as connection:
        kept = await ward.store.read(connection, "Task", task)
    assert kept["status"] == "cancelled" and kept["statusReason"] == {"text": "已在外院就诊"}


async def test_nobody_answers_for_a_stranger_and_no_other_task_is_taken_for_a_follow_up(ward: Ward) -> None:
    patient, task = await ward.planned()
    other, _ = await ward.planned()
    with pytest.raises(XinglinError) as refused:
        await ward.answering.answer(task, _answer("worse"), _patient(other))
    assert refused.value.category is Category.NOT_FOUND and await ward.rows(patient) != []
    review = {"resourceType": "Task", "id": str(uuid.uuid4()), "status": "requested", "intent": "order"}
    await ward.put({**review, "for": {"reference": f"Patient/{patient}"}, "code": {"text": "处方审核"}})
    with pytest.raises(XinglinError, match="no follow-up"):
        await ward.followed.do(review["id"], "called", "", WANG)


async def test_a_test_to_be_repeated_is_a_plan_that_is_named_to_the_patient_and_not_in_the_notice(ward: Ward) -> None:
    test = {"code": "hba1c", "name_zh": "糖化血红蛋白", "name_en": "HbA1c"}
    patient, _ = await ward.planned(what="test", test=test)
    assert (await ward.own(patient)).test == "糖化血红蛋白"
    ward.clock.at += timedelta(days=5)
    await ward.sweep.once()
    async with ward.database.connection() as connection:
        asked = [("subject", f"Patient/{patient}")]
        (planned,) = (await ward.store.search(connection, "ServiceRequest", asked)).resources()
        (notice,) = (await ward.store.search(connection, "Communication", asked)).resources()
    assert planned["intent"] == "plan" and planned["occurrenceDateTime"] == "2026-11-27T01:00:00Z"
    assert "糖化" not in str(notice) and "HbA1c" not in str(notice)
