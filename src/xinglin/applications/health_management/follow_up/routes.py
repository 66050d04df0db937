"""Follow-ups over HTTP: a patient's own, and the list of those who care for them."""

from __future__ import annotations

from fastapi import APIRouter, Query, Request

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of, touched_of

from .answering import Answering
from .followed import Followed
from .model import Answer, FollowUpRow, Id, OwnFollowUp, Step, StepAsked, StepDone

FOLLOW_UP = "health_management.follow_up"


def own_router(answering: Answering, own: str) -> APIRouter:
    """The operations under ``/api/follow-ups``, opened by the permission ``own``."""
    api = APIRouter(prefix="/api/follow-ups", tags=["follow-ups"])

    @api.get("", openapi_extra=needs(own))
    async def read_follow_ups(request: Request, patient: Id | None = None) -> list[OwnFollowUp]:
        """The follow-ups of the caller and their family, or of one of them."""
        patients = principal_of(request).patients
        if patient is not None and patient not in patients:
            raise XinglinError(Category.NOT_FOUND, f"Patient/{patient} is not yours", "没有该就诊人")
        found = await answering.mine([patient] if patient else patients)
        touched_of(request.scope).add((f"Task/{one.id}" for one in found), (one.patient for one in found))
        return found

    @api.post("/{task}/answer", openapi_extra=needs(own))
    async def answer(request: Request, task: Id, body: Answer) -> OwnFollowUp:
        """Say how one is."""
        answered = await answering.answer(task, body, principal_of(request))
        touched_of(request.scope).add([f"Task/{task}"], [answered.patient])
        return answered

    return api


def work_router(followed: Followed) -> APIRouter:
    """The operations under ``/api/follow-up-list``."""
    api = APIRouter(prefix="/api/follow-up-list", tags=["follow-ups"])

    @api.get("", openapi_extra=needs(FOLLOW_UP))
    async def read_list(request: Request, mine: bool = Query(False)) -> list[FollowUpRow]:
        """What is open among those in the caller's care, the worst first; only their own with ``mine``."""
        found = await followed.listed(principal_of(request), mine)
        touched_of(request.scope).add((f"Task/{one.id}" for one in found), (one.patient for one in found))
        return found

    @api.post("/{task}/{step}", openapi_extra=needs(FOLLOW_UP))
    async def do(request: Request, task: Id, step: Step, body: StepAsked) -> StepDone:
        """Note that the patient was called, ask them to come or to be seen online, or close it for a reason."""
        touched_of(request.scope).add([f"Task/{task}"])
        return await followed.do(task, step, body.reason, principal_of(request))

    return api
