"""The audit trail: every access, noted before it is answered, in a chain that shows what was changed afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.module import Job, Module

from . import repository
from .chain import Linker
from .model import AuditSettings
from .trail import Trail
from .watch import Watch, named, unnoted

MIGRATIONS = Migrations("audit", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "AuditSettings", "Trail", "Watch", "module", "named", "unnoted"]


def module(database: Database, settings: AuditSettings) -> Module:
    """The trail's part of the node: the chain."""

    async def health() -> dict[str, Any]:
        async with database.connection() as connection:
            return await repository.figures(connection)

    return Module(
        name="audit",
        jobs=(Job("audit_chain", Linker(database, settings.digest).run),),
        migrations=MIGRATIONS,
        health=health,
        settings=settings,
    )
