"""Who is let in: sign-in links, sessions, program tokens, and the guard that stands before every route."""

from __future__ import annotations

from pathlib import Path

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Module

from . import audit
from .audit import AuditSettings, Trail, Watch, named, unnoted
from .guard import Guard
from .model import AccessSettings
from .protection import ProtectionSettings, Throttle
from .routes import NodeFacts, router
from .service import Access

MIGRATIONS = Migrations("access", Path(__file__).parent / "migrations")

__all__ = [
    "MIGRATIONS",
    "Access",
    "AccessSettings",
    "AuditSettings",
    "Guard",
    "NodeFacts",
    "ProtectionSettings",
    "Throttle",
    "Trail",
    "Watch",
    "audit",
    "make_access",
    "module",
    "named",
    "unnoted",
]


def make_access(database: Database, clock: Clock, ids: Ids, settings: AccessSettings) -> Access:
    """The service that makes links and sessions and tells whom a secret belongs to."""
    return Access(database, clock, ids, settings)


def module(access: Access, node: NodeFacts) -> Module:
    """The room's routes: sessions and links for further devices."""
    return Module(
        name="access",
        api=router(access, node),
        permissions=("access.self", "access.session", "access.link"),
        migrations=MIGRATIONS,
    )
