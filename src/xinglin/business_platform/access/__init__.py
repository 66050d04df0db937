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
from .policy import MIGRATIONS as POLICY_MIGRATIONS
from .policy import NOBODY, WALL_MIGRATIONS, Governing, Locate, Policies, PolicySettings, candidates, watch
from .policy import router as policy_router
from .routes import NodeFacts, router
from .service import Access

MIGRATIONS = Migrations("access", Path(__file__).parent / "migrations")

__all__ = [
    "MIGRATIONS",
    "NOBODY",
    "POLICY_MIGRATIONS",
    "WALL_MIGRATIONS",
    "Access",
    "AccessSettings",
    "Changes",
    "Governing",
    "Guard",
    "NodeFacts",
    "Policies",
    "PolicySettings",
    "candidates",
    "make_access",
    "make_policies",
    "module",
    "watch",
]


def make_access(
    database: Database, clock: Clock, ids: Ids, settings: AccessSettings, changes: Changes | None = None
) -> Access:
    """The service that makes links and sessions and tells whom a secret belongs to. It remembers nothing where
    ``changes`` are not listened to."""
    return Access(database, clock, ids, settings, changes or Changes(database))


def make_policies(database: Database, clock: Clock, ids: Ids, settings: PolicySettings, changes: Changes) -> Policies:
    """The rules in force, which forget what they remembered when ``changes`` tell of one."""
    policies = Policies(database, clock, ids, settings)
    changes.subscribe(lambda _: policies.forget())
    return policies


def module(access: Access, node: NodeFacts, policies: Policies, governing: Governing, locate: Locate) -> Module:
    """The room's routes: sessions and links for further devices, rules and what follows from them. ``locate`` finds by
    a number whose record somebody asks to open."""
    api = router(access, node)
    api.routes.extend(policy_router(policies, governing, locate).routes)
    return Module(
        name="access",
        api=api,
        permissions=(
            *("access.self", "access.session", "access.link"),
            *("access.why", "access.emergency", "access.review", "access.policy"),
        ),
        migrations=MIGRATIONS,
    )
