"""A follow-up that the doctor plans at signing, as FHIR R4: CarePlan, CareTeam, Task, and a ServiceRequest of a test.

The room that carries it out reads the Task by its code; what happens to it later happens to the Task alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from xinglin.data_platform.terminology import ORDERABLE

from .model import Content, FollowUp, Resource
from .written import Visit, concept

FOLLOW_UP = "follow-up"
CARE_PLAN = "https://xinglin.health/id/care-plan"
_TASK = "https://xinglin.health/id/task"
_STAGE = "https://xinglin.health/id/follow-up-stage"
_WHAT = "https://xinglin.health/id/follow-up-what"
_HOUR = time(9)
_CARE_AFTER = timedelta(days=30)
_WORDS = {
    "visit": ("复诊", "See the doctor again"),
    "questionnaire": ("随访问卷", "Tell how you are"),
    "test": ("复查", "Repeat a test"),
}


def resources(visit: Visit, content: Content) -> Iterator[Resource]:
    """What signing a planned follow-up writes; nothing where none is planned. The CareTeam lets who planned it, and
    their unit, see the answer also when it comes longer after the visit than their care lasts."""
    asked = content.follow_up
    if asked is None:
        return
    due = due_at(visit.at, asked.in_days, visit.zone)
    plan, team, task = (visit.named(FOLLOW_UP, one) for one in ("plan", "team", "task"))
    tests = [_recheck(visit, asked, due)] if asked.what == "test" else []
    activities = [f"Task/{task}", *(f"ServiceRequest/{one['id']}" for one in tests)]
    yield from tests
    yield _team(visit, team, due)
    yield _plan(visit, content, plan, team, due, activities)
    yield _task(visit, asked, task, plan, due, tests)


def due_at(at: datetime, in_days: int, zone: str) -> datetime:
    """Nine in the morning of that day where the node is, so that nobody is asked at night."""
    day = at.astimezone(ZoneInfo(zone)).date() + timedelta(days=in_days)
    return datetime.combine(day, _HOUR, ZoneInfo(zone)).astimezone(UTC)


def _task(visit: Visit, asked: FollowUp, id_: str, plan: str, due: datetime, tests: list[Resource]) -> Resource:
    made: Resource = {
        "resourceType": "Task",
        "id": id_,
        "basedOn": [{"reference": f"CarePlan/{plan}"}],
        "status": "requested",
        "businessStatus": {"coding": [{"system": _STAGE, "code": "planned"}]},
        "intent": "plan",
        "code": {"coding": [{"system": _TASK, "code": FOLLOW_UP}], "text": "随访 Follow-up"},
        "for": {"reference": f"Patient/{visit.patient}"},
        "encounter": {"reference": f"Encounter/{visit.encounter}"},
        "executionPeriod": {"start": _instant(due)},
        "authoredOn": visit.moment,
        "requester": {"reference": f"Practitioner/{visit.practitioner}", "display": visit.name},
        "owner": {"reference": f"Practitioner/{visit.practitioner}", "display": visit.name},
        "input": [{"type": {"coding": [{"system": _WHAT}], "text": "随访方式 What"}, "valueCode": asked.what}],
    }
    if tests:
        made["focus"] = {"reference": f"ServiceRequest/{tests[0]['id']}", "display": tests[0]["code"]["text"]}
    return made


def _plan(visit: Visit, content: Content, id_: str, team: str, due: datetime, activities: list[str]) -> Resource:
    assert content.follow_up is not None
    chinese, english = _WORDS[content.follow_up.what]
    day = due.astimezone(ZoneInfo(visit.zone)).date()
    made = {
        "resourceType": "CarePlan",
        "id": id_,
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": CARE_PLAN, "code": FOLLOW_UP}], "text": "随访计划 Follow-up plan"}],
        "title": f"{day} {chinese}",
        "description": f"{day} {english}",
        **visit.about("author"),
        "created": visit.moment,
        "period": {"start": visit.moment, "end": _instant(due + _CARE_AFTER)},
        "careTeam": [{"reference": f"CareTeam/{team}"}],
        "activity": [{"reference": {"reference": one}} for one in activities],
    }
    if content.diagnoses:
        named = (visit.named("diagnosis", one.code) for one in content.diagnoses)
        made["addresses"] = [{"reference": f"Condition/{one}"} for one in named]
    return made


def _team(visit: Visit, id_: str, due: datetime) -> Resource:
    member = {"reference": f"Practitioner/{visit.practitioner}", "display": visit.name}
    made: Resource = {
        "resourceType": "CareTeam",
        "id": id_,
        "status": "active",
        "name": "随访 Follow-up",
        "subject": {"reference": f"Patient/{visit.patient}"},
        "encounter": {"reference": f"Encounter/{visit.encounter}"},
        "period": {"start": visit.moment, "end": _instant(due + _CARE_AFTER)},
        "participant": [{"member": member}],
    }
    if visit.provider:
        made["managingOrganization"] = [{"reference": visit.provider}]
    return made


def _recheck(visit: Visit, asked: FollowUp, due: datetime) -> Resource:
    """A plan, which is no order: it is neither done nor billed before somebody orders it."""
    test = asked.test
    return {
        "resourceType": "ServiceRequest",
        "id": visit.named(FOLLOW_UP, "test"),
        "status": "active",
        "intent": "plan",
        "code": concept(ORDERABLE, test.code, test.name_zh, test.name_en) if test else {"text": "复查 Repeat the test"},
        **visit.about(),
        "authoredOn": visit.moment,
        "occurrenceDateTime": _instant(due),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
