"""Why somebody may or may not, broken glass and its review, and the text of the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of, touched_of

from .governing import Governing
from .law import Rule
from .model import Glass
from .service import Policies

WHY, EMERGENCY, REVIEW, POLICY = "access.why", "access.emergency", "access.review", "access.policy"
Action = Literal["see", "create", "update", "delete"]
_ID = Field(pattern=r"^[A-Za-z0-9\-.]{1,64}$")


class RuleShown(BaseModel):
    id: str
    forbids: bool
    english: str
    chinese: str


class Why(BaseModel):
    allowed: bool
    rules: list[RuleShown]
    facts: dict[str, bool]


class CareShown(BaseModel):
    party: str
    in_person: bool
    source: str
    until: datetime


class Caring(BaseModel):
    patient: str
    relations: list[CareShown]


class NewEmergency(BaseModel):
    patient: Annotated[str, _ID]
    reason: Annotated[str, Field(max_length=2000)]


class Emergency(BaseModel):
    id: str
    account_name: str
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


class NewLaw(BaseModel):
    text: Annotated[str, Field(max_length=200_000)]
    note: Annotated[str, Field(min_length=3, max_length=500)]
    rests_on: int


class LawShown(BaseModel):
    number: int
    note: str
    author: str
    made_at: datetime | None
    text: str
    rules: list[RuleShown]


class Laws(BaseModel):
    in_force: LawShown
    versions: list[LawShown]


def router(policies: Policies, governing: Governing) -> APIRouter:
    """The operations under ``/api/access``."""
    api = APIRouter(prefix="/api/access", tags=["policy"])

    @api.get("/why", openapi_extra=needs(WHY))
    async def why(
        request: Request,
        type: Annotated[str, Query(pattern=r"^[A-Za-z]{1,64}$")],
        id: Annotated[str, Query(pattern=r"^[A-Za-z0-9\-.]{1,64}$")],
        action: Action = "see",
    ) -> Why:
        """Why the caller may or may not do this with a resource: rules and facts. Refused where even the answer would
        tell whose record it is to somebody with no clinical role."""
        principal = principal_of(request)
        if not principal.roles - {"patient"}:
            raise XinglinError(Category.FORBIDDEN, "this explains the rules to staff", "此说明仅面向工作人员")
        found = await policies.explain(principal, action, type, id)
        return Why(allowed=found.decision.allowed, rules=_shown(found.rules), facts=found.facts)

    @api.get("/patients/{patient}/relations", openapi_extra=needs(REVIEW))
    async def relations(request: Request, patient: str) -> Caring:
        """Who cares for a patient now, and by what record that is so."""
        found = await policies.caring(principal_of(request), patient)
        return Caring(
            patient=patient,
            relations=[
                CareShown(party=one.party, in_person=one.in_person, source=one.source, until=one.until) for one in found
            ],
        )

    @api.post("/emergencies", status_code=201, openapi_extra=needs(EMERGENCY))
    async def break_glass(request: Request, body: NewEmergency) -> Emergency:
        """Open a record that is closed, for an hour, with a reason; the review sees it at once."""
        glass = await policies.break_glass(principal_of(request), body.patient, body.reason)
        touched = touched_of(request.scope)
        touched.emergency = True
        touched.add([f"Patient/{glass.patient}"], [glass.patient])
        return _emergency(glass)

    @api.get("/emergencies/mine", openapi_extra=needs(EMERGENCY))
    async def my_emergencies(request: Request) -> Emergencies:
        """The caller's own, newest first."""
        found = await policies.glasses(principal_of(request), own=True, unreviewed=False)
        return Emergencies(emergencies=[_emergency(one) for one in found])

    @api.delete("/emergencies/{emergency}", status_code=204, openapi_extra=needs(EMERGENCY))
    async def end_emergency(request: Request, emergency: str) -> None:
        """Close a record again before its time is over."""
        await policies.mend_glass(principal_of(request), emergency)

    @api.get("/emergencies", openapi_extra=needs(REVIEW))
    async def emergencies(request: Request, unreviewed: bool = True) -> Emergencies:
        """What waits for review, or all."""
        found = await policies.glasses(principal_of(request), own=False, unreviewed=unreviewed)
        return Emergencies(emergencies=[_emergency(one) for one in found])

    @api.post("/emergencies/{emergency}/review", status_code=204, openapi_extra=needs(REVIEW))
    async def review(request: Request, emergency: str, body: Verdict) -> None:
        """Say whether it was justified; never by whom it was broken."""
        await policies.review_glass(principal_of(request), emergency, body.verdict, body.remark)

    @api.get("/laws", openapi_extra=needs(POLICY))
    async def laws() -> Laws:
        """The rules in force and the versions before."""
        versions = await governing.versions()
        shown = [
            LawShown(number=one.number, note=one.note, author=one.author, made_at=one.made_at, text=one.text, rules=[])
            for one in versions
        ]
        law = await policies.law()
        newest = versions[0] if versions else None
        in_force = LawShown(
            number=newest.number if newest else 0,
            note=newest.note if newest else "",
            author=newest.author if newest else "",
            made_at=newest.made_at if newest else None,
            text=law.text,
            rules=_shown(tuple(law.rules.values())),
        )
        return Laws(in_force=in_force, versions=shown)

    @api.post("/laws", status_code=201, openapi_extra=needs(POLICY))
    async def amend(request: Request, body: NewLaw) -> LawShown:
        """Put other rules in force. Refused, with what is wrong, where they cannot hold or would lock everybody out."""
        one = await governing.amend(principal_of(request), body.text, body.note, body.rests_on)
        law = await policies.law()
        return LawShown(
            number=one.number,
            note=one.note,
            author=one.author,
            made_at=one.made_at,
            text=one.text,
            rules=_shown(tuple(law.rules.values())),
        )

    return api


def _shown(rules: tuple[Rule, ...]) -> list[RuleShown]:
    return [RuleShown(id=one.id, forbids=one.forbids, english=one.english, chinese=one.chinese) for one in rules]


def _emergency(glass: Glass) -> Emergency:
    return Emergency(
        id=glass.id,
        account_name=glass.account_name,
        patient=glass.patient,
        reason=glass.reason,
        began_at=glass.began_at,
        until=glass.until,
        reviewed_at=glass.reviewed_at,
        reviewed_by=glass.reviewed_by,
        verdict=glass.verdict,
        remark=glass.remark,
    )
