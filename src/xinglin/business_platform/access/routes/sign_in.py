"""The ways in, and what somebody proves themselves by."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of
from xinglin.foundation.module import PUBLIC

from ..identity.credentials import Credentials
from ..identity.model import Passkey
from ..identity.signing_in import SigningIn
from ..model import Issued, Session
from ..service import Access
from .answers import (
    NodeFacts,
    NodeShown,
    SessionShown,
    caller_of,
    give_cookie,
    node_shown,
    qr_svg,
    session_shown,
    site_of,
)
from .session import opened

Name = Annotated[str, Field(min_length=1, max_length=80)]
Password = Annotated[str, Field(min_length=1, max_length=256)]
Code = Annotated[str, Field(max_length=40)]


class WaysIn(BaseModel):
    node: NodeShown
    phone: bool


class Answer(BaseModel):
    answer: dict[str, Any]


class ByPassword(BaseModel):
    login: Name
    password: Password
    code: Code | None = None


class Phone(BaseModel):
    phone: Annotated[str, Field(min_length=6, max_length=24)]


class ByPhone(Phone):
    code: Code


class Opened(BaseModel):
    session: SessionShown | None
    second_factor: bool


class Proof(BaseModel):
    password: Password
    code: Code | None = None


class Proved(BaseModel):
    proved: bool
    second_factor: bool


class PasskeyShown(BaseModel):
    id: str
    name: str
    synced: bool
    created_at: datetime
    used_at: datetime | None


class MeansShown(BaseModel):
    kind: str
    state: str
    login: str | None
    phone: str | None
    password: bool
    totp: bool
    passkeys: list[PasskeyShown]


class NewPasskey(Answer):
    name: Name


class NewPassword(BaseModel):
    password: Password


class Totp(BaseModel):
    address: str
    qr_svg: str


class TotpCode(BaseModel):
    code: Code


class RecoveryCodes(BaseModel):
    recovery_codes: list[str]


def sign_in_router(access: Access, signing_in: SigningIn, node: NodeFacts) -> APIRouter:
    """The ways in, open to anybody, and step-up for somebody who is in."""
    api = APIRouter(prefix="/api", tags=["sign_in"])

    async def let_in(request: Request, response: Response, session: Session, issued: Issued) -> Opened:
        give_cookie(request, response, issued)
        principal = await opened(access, session, issued.secret)
        request.scope["xinglin.principal"] = principal  # the audit trail says who came in
        return Opened(session=session_shown(node, session, principal), second_factor=False)

    @api.get("/sign-in", openapi_extra=needs(PUBLIC))
    async def ways_in() -> WaysIn:
        return WaysIn(node=node_shown(node), phone=signing_in.by_phone_possible)

    @api.post("/sign-in/passkey/options", openapi_extra=needs(PUBLIC))
    async def passkey_options(request: Request) -> dict[str, Any]:
        return signing_in.passkey_options(site_of(request))

    @api.post("/sign-in/passkey", openapi_extra=needs(PUBLIC))
    async def by_passkey(request: Request, response: Response, body: Answer) -> Opened:
        session, issued = await signing_in.by_passkey(body.answer, site_of(request), caller_of(request))
        return await let_in(request, response, session, issued)

    @api.post("/sign-in/password", openapi_extra=needs(PUBLIC))
    async def by_password(request: Request, response: Response, body: ByPassword) -> Opened:
        found = await signing_in.by_password(body.login, body.password, body.code, caller_of(request))
        if found is None:
            return Opened(session=None, second_factor=True)
        return await let_in(request, response, *found)

    @api.post("/sign-in/phone", status_code=202, openapi_extra=needs(PUBLIC))
    async def send_code(request: Request, body: Phone) -> None:
        await signing_in.send_phone_code(body.phone, caller_of(request))

    @api.post("/sign-in/phone/code", openapi_extra=needs(PUBLIC))
    async def by_phone(request: Request, response: Response, body: ByPhone) -> Opened:
        session, issued = await signing_in.by_phone(body.phone, body.code, caller_of(request))
        return await let_in(request, response, session, issued)

    @api.post("/session/proof/passkey", openapi_extra=needs("access.self"))
    async def prove_by_passkey(request: Request, body: Answer) -> Proved:
        await signing_in.prove_by_passkey(principal_of(request), body.answer, site_of(request))
        return Proved(proved=True, second_factor=False)

    @api.post("/session/proof/password", openapi_extra=needs("access.self"))
    async def prove_by_password(request: Request, body: Proof) -> Proved:
        proved = await signing_in.prove_by_password(principal_of(request), body.password, body.code, caller_of(request))
        return Proved(proved=proved, second_factor=not proved)

    return api


def credential_router(credentials: Credentials) -> APIRouter:
    """One's own passkeys, password and second factor."""
    api = APIRouter(prefix="/api/access", tags=["credential"])
    own = needs("access.credential")

    @api.get("/means", openapi_extra=own)
    async def means(request: Request) -> MeansShown:
        found = await credentials.means(principal_of(request))
        account = found.account
        return MeansShown(
            kind=account.kind,
            state=account.state,
            login=account.login,
            phone=account.phone,
            password=account.has_password,
            totp=account.has_totp,
            passkeys=[_passkey(each) for each in found.passkeys],
        )

    @api.post("/passkeys/options", openapi_extra=own)
    async def new_passkey_options(request: Request) -> dict[str, Any]:
        return await credentials.new_passkey_options(principal_of(request), site_of(request))

    @api.post("/passkeys", status_code=204, openapi_extra=own)
    async def add_passkey(request: Request, body: NewPasskey) -> None:
        await credentials.add_passkey(principal_of(request), body.name, body.answer, site_of(request))

    @api.delete("/passkeys/{passkey_id}", status_code=204, openapi_extra=own)
    async def remove_passkey(request: Request, passkey_id: str) -> None:
        try:
            id_ = base64.urlsafe_b64decode(passkey_id + "=" * (-len(passkey_id) % 4))
        except (binascii.Error, ValueError) as error:
            raise XinglinError(Category.NOT_FOUND, "There is no such passkey.", "没有这个通行密钥") from error
        await credentials.remove_passkey(principal_of(request), id_)

    @api.put("/password", status_code=204, openapi_extra=own)
    async def set_password(request: Request, body: NewPassword) -> None:
        await credentials.set_password(principal_of(request), body.password)

    @api.post("/totp", openapi_extra=own)
    async def propose_totp(request: Request) -> Totp:
        address = await credentials.propose_totp(principal_of(request))
        return Totp(address=address, qr_svg=qr_svg(address))

    @api.post("/totp/code", openapi_extra=own)
    async def confirm_totp(request: Request, body: TotpCode) -> RecoveryCodes:
        return RecoveryCodes(recovery_codes=await credentials.confirm_totp(principal_of(request), body.code))

    @api.delete("/totp", status_code=204, openapi_extra=own)
    async def remove_totp(request: Request) -> None:
        await credentials.remove_totp(principal_of(request))

    return api


def _passkey(passkey: Passkey) -> PasskeyShown:
    return PasskeyShown(
        id=base64.urlsafe_b64encode(passkey.id).decode().rstrip("="),
        name=passkey.name,
        synced=passkey.synced,
        created_at=passkey.created_at,
        used_at=passkey.used_at,
    )
