"""What somebody lets a program do in their name, and the programs that may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal, needs, principal_of

from ..oauth.authorization import Authorization, Refused
from ..oauth.model import Client, Launch
from ..oauth.registry import NewClient, Registry
from ..service import Access
from .answers import require_role

Query = Annotated[str, Field(min_length=1, max_length=8000)]
Id = Annotated[str, Field(min_length=1, max_length=64)]


class Asked(BaseModel):
    request: Query


class ScopeShown(BaseModel):
    scope: str
    level: str
    type: str
    permissions: str
    narrowed_by: str


class AskShown(BaseModel):
    location: str | None = None
    client: str = ""
    redirect_host: str = ""
    resources: list[ScopeShown] = []
    others: list[str] = []
    wants_patient: bool = False
    patient: str | None = None
    own_patients: list[str] = []
    only_own: bool = False


class Decision(Asked):
    allow: bool
    scopes: list[str] = []
    patient: Id | None = None


class Location(BaseModel):
    location: str


class NewLaunch(BaseModel):
    client: Id
    patient: Id
    encounter: Id | None = None


class ClientShown(BaseModel):
    id: str
    name: str
    kind: str
    redirect_uris: list[str]
    launch_uri: str | None
    scopes: list[str]
    created_at: datetime


class Clients(BaseModel):
    clients: list[ClientShown]


class ClientSaid(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["public", "confidential", "backend"]
    scope: Annotated[str, Field(min_length=1, max_length=4000)]
    redirect_uris: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=20)] = []
    launch_uri: Annotated[str, Field(max_length=2000)] | None = None
    jwks: dict[str, Any] | None = None


def consent_router(authorization: Authorization) -> APIRouter:
    """The page that asks; only somebody at a page of the node's own decides, never a program."""
    api = APIRouter(prefix="/api/oauth", tags=["consent"])
    decides = needs("access.consent")

    @api.post("/request", openapi_extra=decides)
    async def asked(request: Request, body: Asked) -> AskShown:
        principal = _person(request)
        try:
            ask = await authorization.examine(body.request)
            launch = await authorization.launch_of(ask, principal)
        except Refused as refused:
            return AskShown(location=refused.location)
        resources = ask.resources
        shown = [
            ScopeShown(
                scope=each.text,
                level=each.level,
                type=each.type,
                permissions="".join(one for one in "cruds" if one in each.permissions),
                narrowed_by="&".join(f"{name}={value}" for name, value in each.query),
            )
            for each in resources
        ]
        named = {each.text for each in resources}
        return AskShown(
            client=ask.client.name,
            redirect_host=ask.redirect_uri.split("/")[2],
            resources=shown,
            others=[each for each in ask.scopes if each not in named],
            wants_patient=ask.wants_patient or launch is not None,
            patient=None if launch is None else launch.patient,
            own_patients=list(principal.patients),
            only_own=principal.roles <= {"patient"},
        )

    @api.post("/decision", openapi_extra=decides)
    async def decide(request: Request, body: Decision) -> Location:
        principal = _person(request)
        try:
            ask = await authorization.examine(body.request)
            if not body.allow:
                return Location(location=authorization.deny(ask))
            return Location(location=await authorization.allow(ask, principal, body.scopes, body.patient))
        except Refused as refused:
            return Location(location=refused.location)

    @api.post("/launches", status_code=201, openapi_extra=decides)
    async def launch(request: Request, body: NewLaunch) -> Location:
        launched = Launch(body.patient, body.encounter)
        return Location(location=await authorization.start(_person(request), body.client, launched))

    return api


def client_router(registry: Registry, access: Access) -> APIRouter:
    """The programs that may ask, for the system administrator."""
    api = APIRouter(prefix="/api/access/clients", tags=["client"])
    administers = needs("access.client")

    @api.get("", openapi_extra=administers)
    async def listed(request: Request) -> Clients:
        require_role(principal_of(request), "system_administrator")
        return Clients(clients=[_client(each) for each in await registry.listed()])

    @api.post("", status_code=201, openapi_extra=administers)
    async def register(request: Request, body: ClientSaid) -> ClientShown:
        new = NewClient(body.name, body.kind, body.scope, tuple(body.redirect_uris), body.launch_uri or None, body.jwks)
        return _client(await registry.register(new, _administrator(request)))

    @api.delete("/{client_id}", status_code=204, openapi_extra=administers)
    async def end(request: Request, client_id: str) -> None:
        _administrator(request)
        await registry.end(client_id)

    def _administrator(request: Request) -> Principal:
        principal = principal_of(request)
        require_role(principal, "system_administrator")
        access.require_recent(principal)
        return principal

    return api


def _person(request: Request) -> Principal:
    principal = principal_of(request)
    if principal.scopes is not None or principal.kind not in ("user", "device"):
        raise XinglinError(Category.FORBIDDEN, "Only a person decides about this.", "只有本人可以作出此决定")
    return principal


def _client(client: Client) -> ClientShown:
    return ClientShown(
        id=client.id,
        name=client.name,
        kind=client.kind,
        redirect_uris=list(client.redirect_uris),
        launch_uri=client.launch_uri,
        scopes=list(client.scopes),
        created_at=client.created_at,
    )
