"""Why the caller may or may not, and who may see what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of

from ..service import Policies
from ..viewers import Relation
from .shown import RuleShown, shown

WHY, REVIEW = "access.why", "access.review"
Action = Literal["see", "create", "update", "delete"]
_Type = Annotated[str, Query(pattern=r"^[A-Za-z]{1,64}$")]
_Id = Annotated[str, Query(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]


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


class ViewerShown(BaseModel):
    role: str
    relation: Relation
    party: str
    allowed: bool
    rules: list[RuleShown]


class Who(BaseModel):
    category: str
    patient: str
    sensitive: bool
    guarded: bool
    viewers: list[ViewerShown]


def router(policies: Policies) -> APIRouter:
    """Explanations."""
    api = APIRouter(prefix="/api/access", tags=["policy"])

    @api.get("/why", openapi_extra=needs(WHY))
    async def why(
        request: Request,
        type: _Type,
        id: _Id,
        action: Action = "see",
    ) -> Why:
        """Why the caller may or may not do this with a resource: rules and facts. Refused where even the answer would
        tell whose record it is to somebody with no clinical role."""
        principal = principal_of(request)
        if not principal.roles - {"patient"}:
            raise XinglinError(Category.FORBIDDEN, "this explains the rules to staff", "此说明仅面向工作人员")
        found = await policies.explain(principal, action, type, id)
        return Why(allowed=found.decision.allowed, rules=shown(found.rules), facts=found.facts)

    @api.get("/who", openapi_extra=needs(REVIEW))
    async def who(
        request: Request,
        type: _Type,
        id: _Id,
    ) -> Who:
        """Who may see a resource now, and by which rule: whoever stands in a relation to its patient, then each role
        without one."""
        found = await policies.viewers(principal_of(request), type, id)
        return Who(
            category=found.category,
            patient=found.patient,
            sensitive=found.sensitive,
            guarded=found.guarded,
            viewers=[
                ViewerShown(
                    role=one.role,
                    relation=one.relation,
                    party=one.party,
                    allowed=one.allowed,
                    rules=shown(one.rules),
                )
                for one in found.viewers
            ],
        )

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

    return api
