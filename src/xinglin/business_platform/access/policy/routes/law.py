"""The text of the rules: read, tried, amended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from xinglin.foundation.http import needs, principal_of

from ..governing import Governing
from ..law import Rule, shipped
from ..model import Version
from ..service import Policies
from .shown import RuleShown, shown

POLICY = "access.policy"


class LawText(BaseModel):
    text: Annotated[str, Field(max_length=200_000)]


class Checked(BaseModel):
    rules: list[RuleShown]


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
    """Laws."""
    api = APIRouter(prefix="/api/access/laws", tags=["policy"])

    @api.get("", openapi_extra=needs(POLICY))
    async def laws() -> Laws:
        """The rules in force and the versions before, down to number 0, which every node begins with."""
        versions = [*await governing.versions(), Version(0, shipped().text, "", "", None)]
        return Laws(
            in_force=_law(versions[0], (await policies.law()).rules.values()), versions=[_law(one) for one in versions]
        )

    @api.post("/check", openapi_extra=needs(POLICY))
    async def check(body: LawText) -> Checked:
        """Whether these rules could be put in force. Refused as amending would be, and changes nothing."""
        return Checked(rules=shown(governing.check(body.text).rules.values()))

    @api.post("", status_code=201, openapi_extra=needs(POLICY))
    async def amend(request: Request, body: NewLaw) -> LawShown:
        """Put other rules in force. Refused, with what is wrong, where they cannot hold or would lock everybody out."""
        one = await governing.amend(principal_of(request), body.text, body.note, body.rests_on)
        return _law(one, (await policies.law()).rules.values())

    return api


def _law(one: Version, rules: Iterable[Rule] = ()) -> LawShown:
    return LawShown(
        number=one.number,
        note=one.note,
        author=one.author,
        made_at=one.made_at,
        text=one.text,
        rules=shown(rules),
    )
