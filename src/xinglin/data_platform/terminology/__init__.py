"""Terminology: what diagnoses and drugs are called, found by how a doctor in a hurry writes them."""

from __future__ import annotations

from pathlib import Path

from xinglin.data_platform.store import Store
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.module import Job, Module

from .drug import ATC, DRUGS, drug_of, medication_knowledge
from .loading import Loaded, Refused
from .model import DIAGNOSES, Diagnosis, Drug
from .orderable import ORDERABLE, Orderable, category_of, orderables
from .routes import READ, router
from .service import Catalogues
from .spelling import keys as spelled

MIGRATIONS = Migrations("terminology", Path(__file__).parent / "migrations")

__all__ = [
    "ATC",
    "DIAGNOSES",
    "DRUGS",
    "MIGRATIONS",
    "ORDERABLE",
    "Catalogues",
    "Diagnosis",
    "Drug",
    "Loaded",
    "Orderable",
    "Refused",
    "category_of",
    "drug_of",
    "make_catalogues",
    "medication_knowledge",
    "module",
    "orderables",
    "spelled",
]


def make_catalogues(database: Database, store: Store, clock: Clock) -> Catalogues:
    """The catalogues of this node."""
    return Catalogues(database, store, clock)


def module(catalogues: Catalogues) -> Module:
    """The room: its routes, and the job that brings the starter catalogues where a node has none."""
    return Module(
        name="terminology",
        api=router(catalogues),
        jobs=(Job("terminology_starter", catalogues.keep_started),),
        permissions=(READ,),
        migrations=MIGRATIONS,
    )
