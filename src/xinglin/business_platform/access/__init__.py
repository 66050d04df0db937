"""Who is let in: sign-in links, sessions, program tokens, and the guard that stands before every route."""

from __future__ import annotations

from pathlib import Path

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Module

from .changes import Changes
from .guard import Guard
from .model import AccessSettings
from .routes import NodeFacts, router
from .service import Access

MIGRATIONS = Migrations("access", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "Access", "AccessSettings", "Changes", "Guard", "NodeFacts", "make_access", "module"]


def make_access(
    database: Database, clock: Clock, ids: Ids, settings: AccessSettings, changes: Changes | None = None
) -> Access:
    """The service that makes links and sessions and tells whom a secret belongs to. It remembers nothing where
    ``changes`` are not listened to."""
    return Access(database, clock, ids, settings, changes or Changes(database))


def module(access: Access, node: NodeFacts) -> Module:
    """The room's routes: sessions and links for further devices."""
    return Module(
        name="access",
        api=router(access, node),
        permissions=("access.self", "access.session", "access.link"),
        migrations=MIGRATIONS,
    )
