"""A building as FHIR: Location resources of it, its storeys and its rooms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xinglin.foundation.ids import derived

from .model import Building, Room, Storey

GLOBAL_ID = "https://xinglin.health/id/ifc-global-id"
"""The identifier system of what an IFC file calls GlobalId; two buildings may not share one."""
_FORM = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
Resource = dict[str, Any]


def building_id(building: Building) -> str:
    """The Location id of a building, the same at every import."""
    return derived("location", "building", building.id)


def location_id(building: Building, part: str) -> str:
    """The Location id of a storey or room that has no Location yet."""
    return derived("location", building.id, part)


def locations(building: Building, known: Mapping[str, Resource]) -> Iterator[Resource]:
    """Every Location of a building, parents first. ``known`` are Locations that were there before, by a room's id:
    they keep everything and gain the GlobalId."""
    whole = building_id(building)
    yield _location(whole, "bu", building.id, building.name or building.name_en, building.name_en, None)
    for storey in building.storeys:
        yield _storey(building, storey, whole)
    for room in building.rooms:
        if room.id in known:
            yield _marked(known[room.id], room.id)
        else:
            yield _room(building, room)


def _storey(building: Building, storey: Storey, whole: str) -> Resource:
    return _location(location_id(building, storey.id), "lvl", storey.id, storey.name, storey.name_en, whole)


def _room(building: Building, room: Room) -> Resource:
    name = f"{room.name or room.name_en} {room.number}".strip() or room.id
    name_en = f"{room.name_en or room.name} {room.number}".strip() or room.id
    form = {"corridor": "co", "lift": "ro"}.get(room.category, "ro")
    return _location(
        location_id(building, room.id), form, room.id, name, name_en, location_id(building, room.storey)
    )  # fmt: skip


def _location(id_: str, form: str, global_id: str, name: str, name_en: str, parent: str | None) -> Resource:
    content = [{"url": "lang", "valueCode": "en"}, {"url": "content", "valueString": name_en or name}]
    found: Resource = {
        "resourceType": "Location",
        "id": id_,
        "identifier": [{"system": GLOBAL_ID, "value": global_id}],
        "status": "active",
        "mode": "instance",
        "name": name,
        "_name": {"extension": [{"url": _TRANSLATION, "extension": content}]},
        "physicalType": {"coding": [{"system": _FORM, "code": form}]},
    }
    if parent is not None:
        found["partOf"] = {"reference": f"Location/{parent}"}
    return found


def _marked(location: Resource, global_id: str) -> Resource:
    others = [one for one in location.get("identifier", []) if one.get("system") != GLOBAL_ID]
    return {**location, "identifier": [*others, {"system": GLOBAL_ID, "value": global_id}]}
