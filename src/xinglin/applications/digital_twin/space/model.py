"""A building as rooms, doors and links: what an import yields, what is kept, what pages and routes read."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

Point = tuple[float, float]
"""Metres east and north in the building's own axes."""

Category = Literal[
    "corridor", "stairs", "lift", "entrance", "waiting", "reception", "consulting", "ward", "imaging", "laboratory",
    "pharmacy", "cashier", "theatre", "toilet", "office", "storage", "technical", "other",
]  # fmt: skip
WAYS: frozenset[Category] = frozenset({"corridor", "stairs", "lift", "entrance", "waiting", "reception"})
"""Rooms that people pass through to reach others."""

How = Literal["boundary", "geometry", "named", "repair"]
"""How it is known which rooms something joins: IfcRelSpaceBoundary, position, the file's own words, a person."""
Vertical = Literal["stairs", "lift"]


class Storey(msgspec.Struct, frozen=True):
    """A floor; ``elevation`` in metres. ``level`` counts from 0 at the lowest storey that has rooms."""

    id: str
    name: str
    name_en: str
    elevation: float
    level: int = 0


class Room(msgspec.Struct, frozen=True):
    """A room, or one storey's stop of a shaft. ``id`` is its GlobalId, for stops followed by ``@`` and the storey.

    ``outline`` goes counter-clockwise and is not closed; it is empty where the file has no shape. ``name`` is Chinese
    or empty, ``name_en`` English or empty, ``number`` what stands on the door. ``public`` tells whether patients may
    walk there; ``wide`` of a lift that a bed fits. ``location`` and
    ``unit`` are ids of its Location and of the one that this is part of.
    """

    id: str
    storey: str
    number: str
    name: str
    name_en: str
    category: Category
    outline: tuple[Point, ...]
    floor: float
    height: float
    public: bool = True
    wide: bool = False
    beds: int = 0
    location: str | None = None
    unit: str | None = None


class Door(msgspec.Struct, frozen=True):
    """A door: what it joins, fewer than two rooms where it leads outside or nobody knows. ``width`` in metres."""

    id: str
    name: str
    storey: str
    rooms: tuple[str, ...]
    at: Point | None
    width: float | None
    how: How
    outside: bool = False


class Link(msgspec.Struct, frozen=True):
    """A way between two rooms without a door: an open side, or stairs or a lift between storeys."""

    rooms: tuple[str, str]
    kind: Literal["open", "stairs", "lift"]
    how: How
    at: Point | None = None


class Building(msgspec.Struct, frozen=True):
    """A whole building. ``source`` is ifc or cobie; ``notes`` what its reader should know (English, Chinese)."""

    id: str
    name: str
    name_en: str
    source: Literal["ifc", "cobie"]
    storeys: tuple[Storey, ...]
    rooms: tuple[Room, ...]
    doors: tuple[Door, ...]
    links: tuple[Link, ...]
    notes: tuple[tuple[str, str], ...] = ()


class Repair(msgspec.Struct, frozen=True):
    """What a person added: a door's missing rooms (``door`` set) or an open way between two rooms.

    Names rooms and doors by their ids, which a new export of the same building keeps.
    """

    rooms: tuple[str, str]
    door: str | None = None


def encode(building: Building) -> bytes:
    """The building as JSON; the same building gives the same bytes."""
    return msgspec.json.encode(building)


def decode(document: bytes) -> Building:
    """What ``encode`` wrote."""
    return msgspec.json.decode(document, type=Building)


def tag(document: bytes) -> str:
    """The entity tag of a document: the first 128 bits of its SHA-256."""
    return hashlib.sha256(document).hexdigest()[:32]
