"""A follow-up, and what is wrong with its answer, as Task (hl7.org/fhir/R4/task.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

from xinglin.foundation.ids import derived

from .model import Stage, What, Why

FOLLOW_UP = "follow-up"
CONCERN = "follow-up-concern"
TASK = "https://xinglin.health/id/task"
STAGE = "https://xinglin.health/id/follow-up-stage"
WHY = "https://xinglin.health/id/follow-up-concern"
STEP = "https://xinglin.health/id/follow-up-step"
Resource = dict[str, Any]
_PRIORITIES: Mapping[Why, str] = {
    "red_flag": "stat",
    "worse": "urgent",
    "side_effects": "asap",
    "not_taking": "routine",
}
_WORDS: Mapping[Why, str] = {
    "red_flag": "所述有危险信号 A warning sign in the words",
    "worse": "病情加重 Worse",
    "side_effects": "有不良反应 Side effects",
    "not_taking": "未按医嘱服药 Not taking the medicine",
}
_STATUSES: Mapping[Stage, str] = {
    "planned": "requested",
    "reminded": "requested",
    "due": "in-progress",
    "unanswered": "in-progress",
    "answered": "completed",
    "closed": "cancelled",
}


def is_concern(task: Resource) -> bool:
    return CONCERN in _codes(task.get("code"))


def is_follow_up(task: Resource) -> bool:
    return bool({CONCERN, FOLLOW_UP} & _codes(task.get("code")))


def stage_of(task: Resource) -> Stage:
    """The stage that is written, or the one that the status says."""
    written = next(iter(_codes(task.get("businessStatus"))), "")
    for stage in get_args(Stage):
        if stage == written:
            return stage  # type: ignore[no-any-return]
    return "closed" if task.get("status") in ("cancelled", "rejected", "failed") else "planned"


def moved(task: Resource, stage: Stage, at: datetime, **further: Any) -> Resource:
    """``task`` at ``stage``."""
    made = {**task, "status": _STATUSES[stage], "lastModified": instant(at), **further}
    return {**made, "businessStatus": {"coding": [{"system": STAGE, "code": stage}]}}


def with_output(task: Resource, kind: str, code: str, at: datetime, **value: Any) -> list[Resource]:
    """The outputs of ``task`` and a further one."""
    output = {"type": {"coding": [{"system": STEP, "code": code}], "text": f"{kind} {instant(at)}"}, **value}
    return [*task.get("output", ()), output]


def concern(follow_up: Resource, response: str, why: Sequence[Why], at: datetime) -> Resource:
    """What is put before the doctor; made once for an answer."""
    made: Resource = {
        "resourceType": "Task",
        "id": derived("follow-up-concern", response),
        "basedOn": follow_up.get("basedOn", []),
        "partOf": [{"reference": f"Task/{follow_up['id']}"}],
        "status": "requested",
        "businessStatus": {"coding": [{"system": STAGE, "code": "answered"}]},
        "intent": "order",
        "priority": _PRIORITIES[why[0]],
        "code": {"coding": [{"system": TASK, "code": CONCERN}], "text": "随访异常 Follow-up concern"},
        "description": "；".join(_WORDS[one] for one in why),
        "focus": {"reference": f"QuestionnaireResponse/{response}"},
        "for": follow_up["for"],
        "executionPeriod": {"start": instant(at)},
        "authoredOn": instant(at),
        "lastModified": instant(at),
        "reasonCode": {"coding": [{"system": WHY, "code": one} for one in why]},
    }
    return {**made, **{name: follow_up[name] for name in ("encounter", "requester", "owner") if name in follow_up}}


def why_of(task: Resource) -> list[Why]:
    found = [one.get("code") for one in (task.get("reasonCode") or {}).get("coding", ()) if one.get("system") == WHY]
    return [one for one in get_args(Why) if one in found]


def what_of(task: Resource) -> What:
    found = {one.get("valueCode") for one in task.get("input", ())}
    return next((one for one in get_args(What) if one in found), "questionnaire")


def due_at(task: Resource) -> datetime:
    return datetime.fromisoformat(task["executionPeriod"]["start"])


def patient_of(task: Resource) -> str:
    return str((task.get("for") or {}).get("reference", "")).removeprefix("Patient/")


def doctor_of(task: Resource) -> str:
    return str((task.get("requester") or {}).get("display", ""))


def test_of(task: Resource) -> str | None:
    focus = task.get("focus") or {}
    return focus.get("display") if str(focus.get("reference", "")).startswith("ServiceRequest/") else None


def version_of(task: Resource) -> int:
    return int(task["meta"]["versionId"])


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _codes(concept: Any) -> set[str]:
    return {str(one.get("code")) for one in (concept or {}).get("coding", ())}
