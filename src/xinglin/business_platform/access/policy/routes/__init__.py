"""Why somebody may or may not, broken glass and its review, and the text of the rules: under ``/api/access``."""

from __future__ import annotations

from fastapi import APIRouter

from ..governing import Governing
from ..service import Policies
from . import emergency, explaining, law
from .emergency import Locate

__all__ = ["Locate", "router"]


def router(policies: Policies, governing: Governing, locate: Locate) -> APIRouter:
    """The room's operations. ``locate`` finds by a number whose record somebody asks to open."""
    api = APIRouter()
    for part in (explaining.router(policies), emergency.router(policies, locate), law.router(policies, governing)):
        api.routes.extend(part.routes)
    return api
