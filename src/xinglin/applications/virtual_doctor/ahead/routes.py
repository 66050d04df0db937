"""Tests before the doctor over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import needs, principal_of, touched_of

from .model import (
    Id,
    MyTests,
    ProtocolsShown,
    RefuseAsked,
    SwitchAsked,
    SwitchShown,
    TestsDecided,
    TestsWaiting,
)
from .releasing import Releases
from .switching import Switches

RELEASE = "virtual_doctor.release"
GOVERN = "virtual_doctor.govern"
IfMatch = Annotated[str, Header(alias="If-Match", pattern=r'^(W/)?"?[0-9]{1,9}"?$')]


def router(releases: Releases, switches: Switches, own: str) -> APIRouter:
    """The operations under ``/api/tests-ahead``; ``own`` is the permission of patients."""
    api = APIRouter(prefix="/api/tests-ahead", tags=["tests-ahead"])
    _add_patients(api, releases, own)
    _add_releasing(api, releases)
    _add_governing(api, switches)
    return api


def _add_patients(api: APIRouter, releases: Releases, own: str) -> None:
    @api.get("/mine", openapi_extra=needs(own))
    async def read_my_tests(request: Request) -> list[MyTests]:
        """Tests to do before the doctor, of the caller and of those whom they act for: where, and when."""
        found = await releases.mine(principal_of(request).patients)
        touched_of(request.scope).add([f"Task/{one.task}" for one in found], [one.patient for one in found])
        return found


def _add_releasing(api: APIRouter, releases: Releases) -> None:
    @api.get("/waiting", openapi_extra=needs(RELEASE))
    async def read_waiting_tests(request: Request) -> list[TestsWaiting]:
        """Proposals that the caller's departments are to release or refuse."""
        found = await releases.waiting(principal_of(request))
        touched_of(request.scope).add([f"Task/{one.task}" for one in found], [one.patient for one in found])
        return found

    @api.post("/{task}/release", openapi_extra=needs(RELEASE))
    async def release_tests(request: Request, task: Id, if_match: IfMatch) -> TestsDecided:
        """Make the proposals orders; 409 where a colleague has decided, 412 where it changed since it was seen."""
        decided = await releases.decide(task, "released", "", _version(if_match), principal_of(request))
        touched_of(request.scope).add([f"Task/{task}", *decided.references])
        return decided

    @api.post("/{task}/refuse", openapi_extra=needs(RELEASE))
    async def refuse_tests(request: Request, task: Id, body: RefuseAsked, if_match: IfMatch) -> TestsDecided:
        """Put the proposals away; the patient reads why."""
        if len(body.reason.strip()) < 2:
            raise XinglinError(
                Category.INVALID, "say why, so that the patient knows", "请写明原因，患者会看到", expression="reason"
            )
        decided = await releases.decide(task, "refused", body.reason, _version(if_match), principal_of(request))
        touched_of(request.scope).add([f"Task/{task}", *decided.references])
        return decided


def _add_governing(api: APIRouter, switches: Switches) -> None:
    @api.get("/protocols", openapi_extra=needs(GOVERN))
    async def read_protocols(request: Request) -> ProtocolsShown:
        """All protocols with their sources and exclusions, and where they are switched on, by whom and when."""
        return await switches.read(principal_of(request))

    @api.put("/protocols/{protocol}/departments/{department}", openapi_extra=needs(GOVERN))
    async def switch_protocol(request: Request, protocol: Id, department: Id, body: SwitchAsked) -> SwitchShown:
        """Approve a protocol for a department, or put it away."""
        return await switches.switch(protocol, department, body, principal_of(request))


def _version(if_match: str) -> int:
    return int(if_match.removeprefix("W/").strip('"'))
