"""Accounts and roles, for who administers them; patients' accounts, for the registration desk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from xinglin.foundation.http import Principal, needs, principal_of

from ..identity.accounts import Accounts
from ..identity.model import RELATIONS, Account, Membership, NewAccount
from ..roles import ADMINISTRATORS, ROLES
from ..service import Access
from .answers import LinkShown, NodeFacts, link_shown, require_role

_KEEPER = "security_administrator"
Name = Annotated[str, Field(min_length=1, max_length=80)]
Word = Annotated[str, Field(max_length=80)]


class MembershipShown(BaseModel):
    role: Word
    unit: Annotated[str, Field(max_length=64)] = ""


class RepresentationShown(BaseModel):
    patient: str
    relation: str
    since: datetime
    until: datetime | None


class AccountShown(BaseModel):
    id: str
    kind: str
    name: str
    login: str | None
    phone: str | None
    practitioner: str | None
    state: str
    created_at: datetime
    memberships: list[MembershipShown]
    representations: list[RepresentationShown]
    password: bool
    totp: bool
    passkeys: int


class RoleShown(BaseModel):
    role: str
    english: str
    chinese: str
    administrator: bool


class AccountsShown(BaseModel):
    accounts: list[AccountShown]
    roles: list[RoleShown]
    relations: list[str]


class AccountSaid(BaseModel):
    name: Name
    login: Word | None = None
    phone: Annotated[str, Field(max_length=24)] | None = None
    practitioner: Annotated[str, Field(max_length=64)] | None = None
    memberships: list[MembershipShown] = []


class PatientSaid(BaseModel):
    name: Name
    patient: Annotated[str, Field(min_length=1, max_length=64)]
    phone: Annotated[str, Field(max_length=24)] | None = None


class Invited(BaseModel):
    account: AccountShown
    invitation: LinkShown


class MembershipsSaid(BaseModel):
    memberships: list[MembershipShown]


class RepresentationSaid(BaseModel):
    patient: Annotated[str, Field(min_length=1, max_length=64)]
    relation: Word
    days: Annotated[int, Field(ge=1, le=36_500)] | None = None


def account_router(accounts: Accounts, access: Access, node: NodeFacts) -> APIRouter:
    """What a security administrator does; all that changes something wants a proof of the last minutes."""
    api = APIRouter(prefix="/api/access", tags=["account"])
    administers = needs("access.account")

    def administrator(request: Request, *, changes: bool = True) -> Principal:
        principal = principal_of(request)
        require_role(principal, _KEEPER)
        if changes:
            access.require_recent(principal)
        return principal

    @api.get("/accounts", openapi_extra=administers)
    async def listed(request: Request, query: str = "") -> AccountsShown:
        administrator(request, changes=False)
        return AccountsShown(
            accounts=[_account(each) for each in await accounts.listed(query)],
            roles=[
                RoleShown(role=role, english=english, chinese=chinese, administrator=role in ADMINISTRATORS)
                for role, (english, chinese) in ROLES.items()
                if role != "integration"
            ],
            relations=sorted(RELATIONS),
        )

    @api.post("/accounts", status_code=201, openapi_extra=administers)
    async def create(request: Request, body: AccountSaid) -> Invited:
        by = administrator(request)
        new = NewAccount(
            body.name, body.login or None, body.phone or None, body.practitioner or None, _said(body.memberships)
        )
        account, invitation = await accounts.create(new, by)
        return Invited(account=_account(account), invitation=link_shown(node, invitation))

    @api.get("/accounts/{account_id}", openapi_extra=administers)
    async def one(request: Request, account_id: str) -> AccountShown:
        administrator(request, changes=False)
        return _account(await accounts.get(account_id))

    @api.put("/accounts/{account_id}/memberships", openapi_extra=administers)
    async def set_memberships(request: Request, account_id: str, body: MembershipsSaid) -> AccountShown:
        administrator(request)
        return _account(await accounts.set_memberships(account_id, _said(body.memberships)))

    @api.post("/accounts/{account_id}/suspend", openapi_extra=administers)
    async def suspend(request: Request, account_id: str) -> AccountShown:
        administrator(request)
        return _account(await accounts.suspend(account_id))

    @api.post("/accounts/{account_id}/reinstate", openapi_extra=administers)
    async def reinstate(request: Request, account_id: str) -> AccountShown:
        administrator(request)
        return _account(await accounts.reinstate(account_id))

    @api.post("/accounts/{account_id}/reset", openapi_extra=administers)
    async def reset(request: Request, account_id: str) -> LinkShown:
        administrator(request)
        return link_shown(node, await accounts.reset(account_id))

    return api


def patient_router(accounts: Accounts, node: NodeFacts) -> APIRouter:
    """What the registration desk does for patients and their families."""
    api = APIRouter(prefix="/api/access", tags=["patient_account"])
    registers = needs("access.patient")

    @api.post("/patients", status_code=201, openapi_extra=registers)
    async def invite(request: Request, body: PatientSaid) -> Invited:
        by = _desk(request)
        new = NewAccount(
            body.name, phone=body.phone or None, memberships=(Membership("patient"),), patient=body.patient
        )
        account, invitation = await accounts.create(new, by)
        return Invited(account=_account(account), invitation=link_shown(node, invitation))

    @api.post("/accounts/{account_id}/representations", openapi_extra=registers)
    async def represent(request: Request, account_id: str, body: RepresentationSaid) -> AccountShown:
        _desk(request)
        return _account(await accounts.represent(account_id, body.patient, body.relation, body.days))

    @api.delete("/accounts/{account_id}/representations/{patient_id}", openapi_extra=registers)
    async def end(request: Request, account_id: str, patient_id: str) -> AccountShown:
        _desk(request)
        return _account(await accounts.end_representation(account_id, patient_id))

    return api


def _desk(request: Request) -> Principal:
    principal = principal_of(request)
    require_role(principal, "registrar", _KEEPER)
    return principal


def _said(memberships: list[MembershipShown]) -> tuple[Membership, ...]:
    return tuple(sorted({Membership(each.role, each.unit) for each in memberships}))


def _account(account: Account) -> AccountShown:
    return AccountShown(
        id=account.id,
        kind=account.kind,
        name=account.name,
        login=account.login,
        phone=account.phone,
        practitioner=account.practitioner,
        state=account.state,
        created_at=account.created_at,
        memberships=[MembershipShown(role=each.role, unit=each.unit) for each in account.memberships],
        representations=[
            RepresentationShown(patient=each.patient, relation=each.relation, since=each.since, until=each.until)
            for each in account.representations
        ],
        password=account.has_password,
        totp=account.has_totp,
        passkeys=account.passkeys,
    )
