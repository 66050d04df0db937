"""Reads IFC (ISO 16739, IFC2x3 and IFC4): storeys, spaces, doors, stairs. Loads ifcopenshell where it works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

from .model import Building, Door, Point, Room, Storey
from .naming import category_of, in_both, is_public, storey_in_both
from .shape import footprint
from .survey import Found, Opening, Stair, settle

Progress = Callable[[str, float], None]
"""Told what is being done (a word of ``Stage``) and how far it is, 0 to 1."""
_UNITS = {"metre": 1.0, "millimetre": 0.001, "centimetre": 0.01, "foot": 0.3048, "inch": 0.0254}


@dataclass(frozen=True, slots=True)
class Box:
    """The bounds of a solid in metres."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def middle(self) -> Point:
        return (round((self.low[0] + self.high[0]) / 2, 3), round((self.low[1] + self.high[1]) / 2, 3))


def read_ifc(file: Path, unit: str | None = None, progress: Progress = lambda *_: None) -> Building:
    """The building of an IFC file, in metres by the file's unit, or by ``unit`` where the file is wrong.

    INVALID where it is no IFC, has no building or no spaces, or sizes that no house has.
    """
    model = _opened(file)
    if not model.by_type("IfcSpace"):
        raise XinglinError(
            Reason.INVALID,
            "this IFC has no rooms (IfcSpace); export it again with rooms and room boundaries",
            "该 IFC 文件中没有房间（IfcSpace），请在导出时勾选房间与房间边界",
        )
    scale = _correction(model, unit)
    progress("shapes", 0.1)
    boxes, outlines = _shapes(model, scale, progress)
    storeys = {one.GlobalId: _storey(one, model, scale) for one in model.by_type("IfcBuildingStorey")}
    rooms = [room for one in model.by_type("IfcSpace") if (room := _room(one, storeys, boxes, outlines))]
    openings = [_opening(one, storeys, boxes, scale) for one in model.by_type("IfcDoor")]
    stairs = [Stair(box.low, box.high) for one in model.by_type("IfcStair") for box in _boxes_of(one, boxes)]
    progress("joining", 0.8)
    whole = next(iter(model.by_type("IfcBuilding")), None) or model.by_type("IfcProject")[0]
    name, name_en = in_both(whole.LongName, whole.Name, whole.Description)
    found = Found(
        tuple(storeys.values()),
        tuple(rooms),
        tuple(openings),
        tuple(stairs),
        tuple(_open_sides(model)),
        _half_open(model),
    )
    return settle(whole.GlobalId, name, name_en or name, "ifc", found)


def _opened(file: Path) -> Any:
    with file.open("rb") as start:
        if b"ISO-10303-21" not in start.read(512):
            raise _not_ifc("it does not begin with ISO-10303-21", "文件头不是 ISO-10303-21")
    import ifcopenshell

    try:
        model = ifcopenshell.open(str(file))
        if not model.by_type("IfcProject"):
            raise _not_ifc("it has no IfcProject", "其中没有 IfcProject")
    except (RuntimeError, OSError, ValueError, ifcopenshell.Error) as error:
        raise _not_ifc(str(error)[:200], str(error)[:200]) from error
    return model


def _not_ifc(english: str, chinese: str) -> XinglinError:
    return XinglinError(Reason.INVALID, f"this is no IFC file: {english}", f"这不是 IFC 文件：{chinese}")


def _correction(model: Any, unit: str | None) -> float:
    """By what lengths from the file, already in metres by its unit, are multiplied."""
    if unit is None:
        return 1.0
    from ifcopenshell.util.unit import calculate_unit_scale

    if unit not in _UNITS:
        raise XinglinError(
            Reason.INVALID,
            f"unit {unit!r} is not one of {', '.join(_UNITS)}",
            f"单位 {unit!r} 不在可选范围内：{'、'.join(_UNITS)}",
            expression="unit",
        )
    return float(_UNITS[unit] / calculate_unit_scale(model))


def _shapes(model: Any, scale: float, progress: Progress) -> tuple[dict[str, Box], dict[str, tuple[Point, ...]]]:
    import ifcopenshell.geom
    import numpy

    settings: Any = ifcopenshell.geom.settings()  # type: ignore[no-untyped-call]
    settings.set("use-world-coords", True)
    wanted = [one for type_ in ("IfcSpace", "IfcDoor", "IfcStair", "IfcStairFlight") for one in model.by_type(type_)]
    boxes: dict[str, Box] = {}
    outlines: dict[str, tuple[Point, ...]] = {}
    found: Any = ifcopenshell.geom.iterator(settings, model, 1, include=wanted)  # one thread: the order is the file's
    if not found.initialize():
        return boxes, outlines
    while True:
        shape = found.get()
        vertices = numpy.asarray(shape.geometry.verts, dtype=float).reshape(-1, 3) * scale
        if len(vertices):
            low, high = vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()
            boxes[shape.guid] = Box(tuple(low), tuple(high))
            if shape.type == "IfcSpace":
                faces = numpy.asarray(shape.geometry.faces, dtype=int).reshape(-1, 3)
                outlines[shape.guid] = footprint(vertices.tolist(), faces.tolist())
        progress("shapes", 0.1 + 0.7 * len(boxes) / max(1, len(wanted)))
        if not found.next():
            return boxes, outlines


def _storey(storey: Any, model: Any, scale: float) -> Storey:
    from ifcopenshell.util.unit import calculate_unit_scale

    elevation = float(storey.Elevation or 0.0) * calculate_unit_scale(model) * scale
    name, name_en = storey_in_both(storey.Name or "", storey.LongName)
    return Storey(storey.GlobalId, name, name_en, round(elevation, 3))


def _room(
    space: Any, storeys: dict[str, Storey], boxes: dict[str, Box], outlines: dict[str, tuple[Point, ...]]
) -> Room | None:
    from ifcopenshell.util.element import get_psets

    storey = _storey_of(space, storeys)
    if storey is None:
        return None
    own = get_psets(space, psets_only=True)
    name, name_en = in_both(space.LongName, space.Description)
    category = category_of(_code(space), name, name_en, space.ObjectType or "")
    public = own.get("Pset_SpaceCommon", {}).get("PubliclyAccessible")
    box = boxes.get(space.GlobalId)
    beds = own.get("Pset_SpaceHealth", {}).get("Beds")
    return Room(
        id=space.GlobalId,
        storey=storey.id,
        number=space.Name or "",
        name=name,
        name_en=name_en,
        category=category,
        outline=outlines.get(space.GlobalId, ()),
        floor=round(box.low[2], 3) if box else storey.elevation,
        height=round(box.high[2] - box.low[2], 3) if box else 0.0,
        public=is_public(category) if public is None else bool(public),
        wide=category == "lift" and bool(re.search(r"病床|\bbed\b", f"{name} {name_en}", re.IGNORECASE)),
        beds=int(beds) if isinstance(beds, int | float) else _beds_in(space),
    )


def _beds_in(space: Any) -> int:
    inside = [one for relation in space.ContainsElements or () for one in relation.RelatedElements]
    return sum(bool(re.search(r"病床|\bbed\b", f"{one.Name} {one.ObjectType}", re.IGNORECASE)) for one in inside)


def _code(space: Any) -> str:
    for relation in space.HasAssociations or ():
        if relation.is_a("IfcRelAssociatesClassification"):
            given = relation.RelatingClassification
            return str(getattr(given, "Identification", None) or getattr(given, "ItemReference", None) or "")
    return ""


def _storey_of(element: Any, storeys: dict[str, Storey]) -> Storey | None:
    """The storey that an element hangs below, by aggregation or containment."""
    seen: Any = element
    for _ in range(8):
        above = [relation.RelatingObject for relation in getattr(seen, "Decomposes", None) or ()]
        above += [relation.RelatingStructure for relation in getattr(seen, "ContainedInStructure", None) or ()]
        if not above:
            return None
        seen = above[0]
        if seen.GlobalId in storeys:
            return storeys[seen.GlobalId]
    return None


def _opening(door: Any, storeys: dict[str, Storey], boxes: dict[str, Box], scale: float) -> Opening:
    from ifcopenshell.util.unit import calculate_unit_scale

    box = boxes.get(door.GlobalId)
    storey = _storey_of(door, storeys)
    spaces = [relation.RelatingSpace for relation in door.ProvidesBoundaries or ()]
    inside = tuple(dict.fromkeys(one.GlobalId for one in spaces if one.is_a("IfcSpace")))
    outside = any(
        relation.InternalOrExternalBoundary.startswith("EXTERNAL") or not relation.RelatingSpace.is_a("IfcSpace")
        for relation in door.ProvidesBoundaries or ()
        if relation.InternalOrExternalBoundary
    )
    width = float(door.OverallWidth) * calculate_unit_scale(door.file) * scale if door.OverallWidth else None
    return Opening(
        Door(
            id=door.GlobalId,
            name=door.Name or "",
            storey=storey.id if storey else "",
            rooms=inside,
            at=box.middle if box else None,
            width=round(width, 3) if width else None,
            how="boundary",
            outside=outside and len(inside) < 2,
        ),
        box.low if box else None,
        box.high if box else None,
    )


def _boxes_of(stair: Any, boxes: dict[str, Box]) -> list[Box]:
    parts = [part for relation in stair.IsDecomposedBy or () for part in relation.RelatedObjects]
    found = [boxes[one.GlobalId] for one in (stair, *parts) if one.GlobalId in boxes]
    if not found:
        return []
    low = tuple(min(box.low[axis] for box in found) for axis in range(3))
    high = tuple(max(box.high[axis] for box in found) for axis in range(3))
    return [Box((low[0], low[1], low[2]), (high[0], high[1], high[2]))]


def _open_sides(model: Any) -> Iterator[tuple[str, str]]:
    """Pairs of spaces with a virtual boundary to each other, where the file says so (IFC4 names both)."""
    by_element: dict[str, list[str]] = {}
    for relation in model.by_type("IfcRelSpaceBoundary"):
        element = relation.RelatedBuildingElement
        if relation.PhysicalOrVirtualBoundary == "VIRTUAL" and element and relation.RelatingSpace.is_a("IfcSpace"):
            by_element.setdefault(element.GlobalId, []).append(relation.RelatingSpace.GlobalId)
    for spaces in by_element.values():
        if len(set(spaces)) == 2:
            yield (spaces[0], next(one for one in spaces if one != spaces[0]))


def _half_open(model: Any) -> frozenset[str]:
    """Spaces with a virtual boundary that names no element (IFC2x3): open to something that touches them."""
    return frozenset(
        relation.RelatingSpace.GlobalId
        for relation in model.by_type("IfcRelSpaceBoundary")
        if relation.PhysicalOrVirtualBoundary == "VIRTUAL" and relation.RelatedBuildingElement is None
    )
