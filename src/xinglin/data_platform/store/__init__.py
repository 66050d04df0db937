"""The store of R4 resources: current versions, history, search and the FHIR REST interface."""

from pathlib import Path
from typing import Any

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module, Route

from .binary_routes import BinaryRest
from .bundle import Bundles
from .defining import Reindexer, figures
from .expunging import RESOURCE_EXPUNGED
from .gathering import GatheredReads
from .interaction import Interactions
from .loading import MIGRATIONS as LOADING_MIGRATIONS
from .loading import Loader, Progress, Summary, Target
from .model import Cause, Noticed, Written
from .operations import Operations
from .reading import Reading
from .routes import EXPUNGE, READ, REINDEX, WRITE, Rest
from .searching import SearchPage
from .service import Store
from .settings import StoreSettings
from .writer import RESOURCE_CHANGED

MIGRATIONS = Migrations("store", Path(__file__).parent / "migrations")

__all__ = [
    "LOADING_MIGRATIONS",
    "MIGRATIONS",
    "RESOURCE_CHANGED",
    "Cause",
    "Loader",
    "Noticed",
    "Progress",
    "SearchPage",
    "Store",
    "StoreSettings",
    "Summary",
    "Target",
    "Written",
    "module",
]


def module(store: Store, database: Database, clock: Clock, ids: Ids, settings: StoreSettings) -> Module:
    """The room's part of the node: the FHIR REST interface under ``/fhir``."""
    reading = Reading(store)
    interactions = Interactions(database, store, reading, ids, settings)
    binaries = BinaryRest(database, reading, interactions, settings)
    rest = Rest(
        database=database,
        reads=GatheredReads(database),
        reading=reading,
        interactions=interactions,
        bundles=Bundles(database, store, reading, ids, settings),
        operations=Operations(database, store, clock, ids, settings),
        settings=settings,
        clock=clock,
        started=clock.now(),
    )

    async def health() -> dict[str, Any]:
        async with database.connection() as connection:
            return await figures(connection)

    return Module(
        name="store",
        routes=sorted([*binaries.routes(READ, WRITE), *rest.routes()], key=_ends_openly),
        jobs=(Job("store_reindex", Reindexer(database, store.writer.tell).run),),
        permissions=(READ, WRITE, EXPUNGE, REINDEX),
        events=(RESOURCE_CHANGED, RESOURCE_EXPUNGED),
        migrations=MIGRATIONS,
        health=health,
        settings=settings,
    )


def _ends_openly(route: Route) -> bool:
    """Whether anything may stand at the end of the path: ``Binary/_history`` is no Binary by that id."""
    return route.path.endswith("}")
