"""The room's operations under ``/api``."""

from __future__ import annotations

from fastapi import APIRouter

from .account import account_router, patient_router
from .answers import NodeFacts
from .consent import client_router, consent_router
from .oauth import Endpoints
from .session import router
from .sign_in import credential_router, sign_in_router

__all__ = [
    "Endpoints",
    "NodeFacts",
    "account_router",
    "client_router",
    "consent_router",
    "credential_router",
    "joined",
    "patient_router",
    "router",
    "sign_in_router",
]


def joined(*routers: APIRouter) -> APIRouter:
    """All of their operations as one."""
    api = APIRouter()
    for each in routers:
        api.routes.extend(each.routes)
    return api
