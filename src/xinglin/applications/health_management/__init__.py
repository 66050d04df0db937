"""Health management. First: what a result means, in words that a patient reads."""

from __future__ import annotations

from xinglin.foundation.database import Database
from xinglin.foundation.module import Module

from .routes import OWN, router
from .service import Resources, Results

__all__ = ["module"]


def module(database: Database, resources: Resources) -> Module:
    """The room."""
    return Module(name="health_management", api=router(Results(database, resources)), permissions=(OWN,))
