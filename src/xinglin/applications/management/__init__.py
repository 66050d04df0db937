"""Management: what visits and appointments came to, measured from events."""

from __future__ import annotations

from pathlib import Path

from xinglin.foundation.bus import Subscription
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.module import Module

from .model import Directory
from .routes import READ, router
from .service import SUBJECTS, VisitMeasures

MIGRATIONS = Migrations("management", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "VisitMeasures", "module"]


def module(database: Database, directory: Directory, clock: Clock, zone: str) -> Module:
    """The room: its routes, and the subscription that keeps a row for each visit and appointment. Days and hours are
    those of ``zone``."""
    measures = VisitMeasures(database, directory, clock, zone)
    return Module(
        name="management",
        api=router(measures),
        subscriptions=(Subscription("management_visits", SUBJECTS, measures.handle),),
        permissions=(READ,),
        migrations=MIGRATIONS,
    )
