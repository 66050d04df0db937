"""The audit trail: every access, noted before it is answered, in a chain that shows what was changed afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from . import repository
from .chain import (
    ANCHORED,
    ANCHORS,
    PUBLIC_KEYS,
    Anchorage,
    Finding,
    Linker,
    Verdict,
    Verifier,
    read_anchors,
    read_keys,
)
from .model import AuditSettings
from .repository import rows_between
from .showing import TrailReader, audit_event, fhir_routes, router
from .signatures import Signatures
from .trail import Trail
from .watch import Watch, named, unnoted

MIGRATIONS = Migrations("audit", Path(__file__).parent / "migrations")

__all__ = [
    "ANCHORS",
    "MIGRATIONS",
    "PUBLIC_KEYS",
    "AuditSettings",
    "Finding",
    "Signatures",
    "Trail",
    "Verdict",
    "Verifier",
    "Watch",
    "audit_event",
    "module",
    "named",
    "read_anchors",
    "read_keys",
    "rows_between",
    "unnoted",
]


def module(database: Database, clock: Clock, ids: Ids, settings: AuditSettings, node: str, folder: Path) -> Module:
    """The trail's part of the node. ``node`` is its path; ``folder`` is where its keys lie and anchors are exported."""
    reader = TrailReader(database)
    linker = Linker(database, settings.digest)
    anchorage = Anchorage(database, linker, clock, ids, settings, node, folder)

    async def health() -> dict[str, Any]:
        async with database.connection() as connection:
            return await repository.figures(connection)

    return Module(
        name="audit",
        routes=fhir_routes(reader, node),
        api=router(reader),
        permissions=("audit.read", "audit.own"),
        jobs=(Job("audit_chain", linker.run), Job("audit_anchors", anchorage.run)),
        events=(ANCHORED,),
        migrations=MIGRATIONS,
        health=health,
        settings=settings,
    )
