"""The audit trail over HTTP, for the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from xinglin.foundation.http import needs, principal_of

from ..model import Row
from .search import MOST_ROWS, Asked, Page, TrailReader, only_auditors, only_their_own

READ, OWN = "audit.read", "audit.own"
_OUTCOMES = {"": (None, None), "done": (None, 399), "refused": (400, 499), "failed": (500, None)}
_SHOWN_REFERENCES = 20
PatientId = Annotated[str, Query(pattern=r"^[A-Za-z0-9\-.]{0,64}$")]


class EntryShown(BaseModel):
    """One access. ``resources`` are at most 20 of ``touched``; ``what`` are the types among all that are named."""

    sequence: str
    recorded: datetime
    name: str | None
    principal: str | None
    kind: str | None
    roles: list[str]
    units: list[str]
    action: str
    interaction: str
    focus: str | None
    route: str
    what: list[str]
    resources: list[str]
    touched: int
    patients: list[str]
    status: int
    emergency: bool
    purpose: str | None


class EntryDetail(EntryShown):
    """All that is known of an access."""

    method: str
    path: str
    query: str | None
    address: str | None
    session: str | None
    correlation: str | None
    refused: str | None


class EntryPage(BaseModel):
    """Entries, newest first; ``next_before`` asks for the next page."""

    entries: list[EntryShown]
    next_before: str | None


class ChainShown(BaseModel):
    """How long the chain is, and up to which entry a signed anchor vouches for it, since when."""

    entries: int
    anchored: int
    anchored_at: datetime | None
    key: str | None


def router(reader: TrailReader) -> APIRouter:
    """The operations under ``/api/audit``."""
    api = APIRouter(prefix="/api/audit", tags=["audit"])

    @api.get("/entries", openapi_extra=needs(READ))
    async def search_accesses(
        request: Request,
        who: Annotated[str, Query(max_length=80)] = "",
        patient: PatientId = "",
        resource: Annotated[str, Query(max_length=130)] = "",
        action: Literal["", "C", "R", "U", "D", "E"] = "",
        outcome: Literal["", "done", "refused", "failed"] = "",
        emergency: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
        before: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    ) -> EntryPage:
        only_auditors(principal_of(request))
        low, high = _OUTCOMES[outcome]
        asked = Asked(
            name=who.strip() or None,
            patient=patient or None,
            resource=resource.strip() or None,
            action=action or None,
            low=low,
            high=high,
            emergency=emergency or None,
            since=since,
            until=until,
            before=int(before) if before else None,
        )
        return _shown_page(await reader.page(asked, limit))

    @api.get("/entries/{sequence}", openapi_extra=needs(READ))
    async def read_access(request: Request, sequence: int) -> EntryDetail:
        only_auditors(principal_of(request))
        row = await reader.entry(sequence)
        told = row.told()
        return EntryDetail(
            **_shown(row).model_dump(exclude={"resources"}),
            resources=row.resources,
            method=told.method,
            path=told.path,
            query=told.query,
            address=told.address,
            session=told.session,
            correlation=told.correlation,
            refused=told.refused,
        )

    @api.get("/chain", openapi_extra=needs(READ))
    async def read_chain(request: Request) -> ChainShown:
        only_auditors(principal_of(request))
        entries, anchor = await reader.chain()
        if anchor is None:
            return ChainShown(entries=entries, anchored=0, anchored_at=None, key=None)
        return ChainShown(entries=entries, anchored=anchor.sequence, anchored_at=anchor.at, key=anchor.key)

    @api.get("/patients/{patient_id}/accesses", openapi_extra=needs(OWN))
    async def who_saw(
        request: Request,
        patient_id: str,
        before: Annotated[str, Query(pattern=r"^\d{0,18}$")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
    ) -> EntryPage:
        """Who saw or changed this patient's record; for the patient, who acts for them, and audit administrators."""
        only_their_own(principal_of(request), patient_id)
        asked = Asked(patient=patient_id, high=399, before=int(before) if before else None)
        return _shown_page(await reader.page(asked, limit))

    return api


def _shown_page(page: Page) -> EntryPage:
    more = str(page.next_before) if page.next_before is not None else None
    return EntryPage(entries=[_shown(row) for row in page.rows], next_before=more)


def _shown(row: Row) -> EntryShown:
    told = row.told()
    return EntryShown(
        sequence=str(row.sequence),
        recorded=row.recorded,
        name=row.name,
        principal=row.principal,
        kind=told.kind,
        roles=told.roles,
        units=told.units,
        action=row.action,
        interaction=row.interaction,
        focus=row.focus,
        route=told.route,
        what=sorted({reference.partition("/")[0] for reference in row.resources}),
        resources=row.resources[:_SHOWN_REFERENCES],
        touched=max(told.many, len(row.resources)),
        patients=row.patients,
        status=row.status,
        emergency=row.emergency,
        purpose=told.purpose,
    )
