"""Who is asking, and how a FastAPI operation says what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

OWN_TENANT = 1
"""The institution that runs the node, as the database numbers it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone the guard let in, with what decisions about them rest on.

    ``id`` is stable over sessions, ``name`` is for people, ``kind`` is user, device, program or guest. ``roles`` are
    words of ``business_platform.access``; ``units`` are the ids of the Organizations they work in, ``practitioner`` is
    the id of their own Practitioner, and ``patients`` are the ids of the Patients that they are or act for. ``scopes``
    narrow what a program may do in their name (SMART App Launch 2), None where nothing does, and ``patient`` is the one
    that its launch was about. ``purpose`` is a code of v3-PurposeOfUse. ``methods`` are those of RFC 8176 by which they
    proved who they are, at ``authenticated_at``.
    """

    id: str
    name: str
    kind: str
    session_id: str
    tenant: int = OWN_TENANT
    roles: frozenset[str] = frozenset()
    units: tuple[str, ...] = ()
    practitioner: str | None = None
    patients: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    patient: str | None = None
    purpose: str = "TREAT"
    authenticated_at: datetime | None = None
    methods: frozenset[str] = frozenset()


def principal_of(request: Request) -> Principal:
    """The principal that the guard put on this request; only behind the guard is this allowed to be called."""
    principal = request.scope["xinglin.principal"]
    assert isinstance(principal, Principal)
    return principal


def needs(permission: str) -> dict[str, Any]:
    """For ``openapi_extra``: the permission that opens an operation; the assembly refuses one without it."""
    return {"x-permission": permission}
