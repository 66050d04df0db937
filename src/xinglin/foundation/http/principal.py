"""Who is asking, and how a FastAPI operation says what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone the guard let in: ``id`` is stable, ``name`` is for people, ``kind`` is user, device or program."""

    id: str
    name: str
    kind: str
    session_id: str


def principal_of(request: Request) -> Principal:
    """The principal that the guard put on this request; only behind the guard is this allowed to be called."""
    principal = request.scope["xinglin.principal"]
    assert isinstance(principal, Principal)
    return principal


def needs(permission: str) -> dict[str, Any]:
    """For ``openapi_extra``: the permission that opens an operation; the assembly refuses one without it."""
    return {"x-permission": permission}
