"""Broken glass: asked for, ended, reviewed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from xinglin.foundation.http import Principal, needs, principal_of, touched_of

from ..locating import Candidate
from ..model import Glass
from ..service import Policies

EMERGENCY, REVIEW = "access.emergency", "access.review"
Locate = Callable[[Principal, str], Awaitable[list[Candidate]]]
_ID = Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")


class CandidateShown(BaseModel):
    patient: str
    name: str
    sex: str | None
    birth_year: str | None


class Candidates(BaseModel):
    candidates: list[CandidateShown]


class NewEmergency(BaseModel):
    patient: Annotated[str, _ID]
    reason: Annotated[str, Field(max_length=2000)]


class Emergency(BaseModel):
    id: str
    account_name: str
    own: bool
    patient: str
    reason: str
    began_at: datetime
    until: datetime
    reviewed_at: datetime | None
    reviewed_by: str | None
    verdict: str | None
    remark: str | None


class Emergencies(BaseModel):
    emergencies: list[Emergency]


class Verdict(BaseModel):
    verdict: Literal["justified", "unjustified"]
    remark: Annotated[str, Field(max_length=2000)] = ""


def router(policies: Policies, locate: Locate) -> APIRouter:
    """Emergencies."""
    api = APIRouter(prefix="/api/access/emergencies", tags=["policy"])

    @api.get("/candidates", openapi_extra=needs(EMERGENCY))
    async def candidates(
        request: Request, number: Annotated[str, Query(pattern=r"^[A-Za-z0-9\-]{4,64}$")]
    ) -> Candidates:
        """Whose record could be opened: those whom this whole number identifies, with their names masked."""
        found = await locate(principal_of(request), number)
        touched_of(request.scope).add([f"Patient/{one.patient}" for one in found], [one.patient for one in found])
        return Candidates(
            candidates=[
                CandidateShown(patient=one.patient, name=one.name, sex=one.sex, birth_year=one.birth_year)
                for one in found
            ]
        )

    @api.post("", status_code=201, openapi_extra=needs(EMERGENCY))
    async def break_glass(request: Request, body: NewEmergency) -> Emergency:
        """Open a record that is closed, for an hour, with a reason; the review sees it at once."""
        principal = principal_of(request)
        glass = await policies.break_glass(principal, body.patient, body.reason)
        touched = touched_of(request.scope)
        touched.emergency = True
        touched.add([f"Patient/{glass.patient}"], [glass.patient])
        return _emergency(glass, principal)

    @api.get("/mine", openapi_extra=needs(EMERGENCY))
    async def my_emergencies(request: Request) -> Emergencies:
        """The caller's own, newest first."""
        principal = principal_of(request)
        found = await policies.glasses(principal, own=True, unreviewed=False)
        return Emergencies(emergencies=[_emergency(one, principal) for one in found])

    @api.delete("/{emergency}", status_code=204, openapi_extra=needs(EMERGENCY))
    async def end_emergency(request: Request, emergency: str) -> None:
        """Close a record again before its time is over."""
        await policies.mend_glass(principal_of(request), emergency)

    @api.get("", openapi_extra=needs(REVIEW))
    async def emergencies(request: Request, unreviewed: bool = True) -> Emergencies:
        """What waits for review, or all."""
        principal = principal_of(request)
        found = await policies.glasses(principal, own=False, unreviewed=unreviewed)
        return Emergencies(emergencies=[_emergency(one, principal) for one in found])

    @api.post("/{emergency}/review", status_code=204, openapi_extra=needs(REVIEW))
    async def review(request: Request, emergency: str, body: Verdict) -> None:
        """Say whether it was justified; never by whom it was broken."""
        await policies.review_glass(principal_of(request), emergency, body.verdict, body.remark)

    return api


def _emergency(glass: Glass, reader: Principal) -> Emergency:
    return Emergency(
        id=glass.id,
        account_name=glass.account_name,
        own=glass.account == reader.id,
        patient=glass.patient,
        reason=glass.reason,
        began_at=glass.began_at,
        until=glass.until,
        reviewed_at=glass.reviewed_at,
        reviewed_by=glass.reviewed_by,
        verdict=glass.verdict,
        remark=glass.remark,
    )
