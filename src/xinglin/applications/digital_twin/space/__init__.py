"""The hospital's space: buildings read from IFC or COBie, joined, repaired, kept as Locations and one document.

Nothing heavy is loaded by importing this door; files are read in a process of their own.
"""

from __future__ import annotations

from pathlib import Path

from xinglin.foundation.database import Migrations

from .importing import Importing
from .joining import Suggestion, components, repaired, suggestions
from .location import GLOBAL_ID, building_id
from .model import WAYS, Building, Category, Door, Link, Point, Repair, Room, Storey
from .reading import read_file
from .routes import BUILD, READ, router
from .service import Buildings, Closure, Standing
from .shape import inner_point, polygon

MIGRATIONS = Migrations("building", Path(__file__).parent / "migrations")

__all__ = [
    "BUILD",
    "GLOBAL_ID",
    "MIGRATIONS",
    "READ",
    "WAYS",
    "Building",
    "Buildings",
    "Category",
    "Closure",
    "Door",
    "Importing",
    "Link",
    "Point",
    "Repair",
    "Room",
    "Standing",
    "Storey",
    "Suggestion",
    "building_id",
    "components",
    "inner_point",
    "polygon",
    "read_file",
    "repaired",
    "router",
    "suggestions",
]
