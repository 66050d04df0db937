"""Writes a plan as IFC4: spaces, doors, beds and who borders on whom. Loads ifcopenshell where it works."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..hospital import CODE, NAME, NAME_EN
from .plan import HEIGHT, STOREY_HEIGHT, Box, Floor, Opening, Space, floors

_MADE_AT = "2026-01-01T00:00:00"


class _Writer:
    """One file in the making; the same plan and seed give the same bytes."""

    def __init__(self, seed: int) -> None:
        import ifcopenshell
        import ifcopenshell.guid

        self._seed = seed
        self._compress = ifcopenshell.guid.compress
        self.file = ifcopenshell.file(schema="IFC4")
        self.file.header.file_name.time_stamp = _MADE_AT
        self.up = self.make("IfcDirection", (0.0, 0.0, 1.0))
        self.origin = self.make("IfcCartesianPoint", (0.0, 0.0, 0.0))
        axes = self.make("IfcAxis2Placement3D", self.origin, self.up, self.make("IfcDirection", (1.0, 0.0, 0.0)))
        self.context = self.make("IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, axes)
        self.ground = axes

    def make(self, type_: str, *values: Any) -> Any:
        return self.file.create_entity(type_, *values)

    def id_of(self, *parts: object) -> str:
        made = uuid5(NAMESPACE_URL, "/".join(("xinglin-demo", str(self._seed), *map(str, parts))))
        return str(self._compress(made.hex))

    def rooted(self, type_: str, key: str, **values: Any) -> Any:
        return self.file.create_entity(type_, GlobalId=self.id_of(type_, key), **values)

    def placed(self, z: float = 0.0) -> Any:
        point = self.make("IfcCartesianPoint", (0.0, 0.0, float(z)))
        return self.make("IfcLocalPlacement", None, self.make("IfcAxis2Placement3D", point, None, None))

    def solid(self, box: Box, bottom: float, height: float) -> Any:
        ends = [(box.x, box.y), (box.x + box.width, box.y), (box.x + box.width, box.y + box.depth),
                (box.x, box.y + box.depth), (box.x, box.y)]  # fmt: skip
        points = [self.make("IfcCartesianPoint", (float(x), float(y))) for x, y in ends]
        profile = self.make("IfcArbitraryClosedProfileDef", "AREA", None, self.make("IfcPolyline", points))
        point = self.make("IfcCartesianPoint", (0.0, 0.0, float(bottom)))
        at = self.make("IfcAxis2Placement3D", point, None, None)
        body = self.make("IfcExtrudedAreaSolid", profile, at, self.up, float(height))
        shape = self.make("IfcShapeRepresentation", self.context, "Body", "SweptSolid", [body])
        return self.make("IfcProductDefinitionShape", None, None, [shape])

    def below(self, whole: Any, parts: list[Any]) -> None:
        self.rooted("IfcRelAggregates", f"of {whole.GlobalId}", RelatingObject=whole, RelatedObjects=parts)


def write_hospital(seed: int, file: Path) -> int:
    """The made-up hospital as an IFC4 file in metres; how many spaces it has. OSError where it cannot be written."""
    writer = _Writer(seed)
    units = writer.make("IfcUnitAssignment", [writer.make("IfcSIUnit", None, "LENGTHUNIT", None, "METRE")])
    project = writer.rooted(
        "IfcProject", CODE, Name=NAME, RepresentationContexts=[writer.context], UnitsInContext=units
    )
    site = writer.rooted("IfcSite", CODE, Name=NAME, ObjectPlacement=writer.placed())
    building = writer.rooted("IfcBuilding", CODE, Name=NAME_EN, LongName=NAME, ObjectPlacement=writer.placed())
    writer.below(project, [site])
    writer.below(site, [building])
    storeys = [_storey(writer, floor) for floor in floors()]
    writer.below(building, [storey for storey, _ in storeys])
    writer.file.write(str(file))
    return sum(count for _, count in storeys)


def _storey(writer: _Writer, floor: Floor) -> tuple[Any, int]:
    z = floor.level * STOREY_HEIGHT
    level = floor.level + 1
    storey = writer.rooted(
        "IfcBuildingStorey", str(level), Name=f"Level {level}", LongName=f"{level} 层", Elevation=z,
        ObjectPlacement=writer.placed(z),
    )  # fmt: skip
    spaces = {space.number: _space(writer, space, z) for space in floor.spaces}
    writer.below(storey, list(spaces.values()))
    doors = [_opening(writer, opening, spaces, level, z) for opening in floor.openings]
    writer.rooted(
        "IfcRelContainedInSpatialStructure", f"doors {level}", RelatingStructure=storey, RelatedElements=doors
    )
    return storey, len(spaces)


def _space(writer: _Writer, space: Space, z: float) -> Any:
    found = writer.rooted(
        "IfcSpace", space.number, Name=space.number, LongName=space.name, Description=space.name_en,
        ObjectPlacement=writer.placed(), Representation=writer.solid(space.box, z, HEIGHT),
        CompositionType="ELEMENT", PredefinedType="SPACE",
    )  # fmt: skip
    value = writer.make("IfcBoolean", space.public)
    single = writer.make("IfcPropertySingleValue", "PubliclyAccessible", None, value, None)
    own = writer.rooted("IfcPropertySet", space.number, Name="Pset_SpaceCommon", HasProperties=[single])
    writer.rooted("IfcRelDefinesByProperties", space.number, RelatedObjects=[found], RelatingPropertyDefinition=own)
    if space.beds:
        beds = [
            writer.rooted("IfcFurniture", f"{space.number}-{bed + 1}", Name=f"Bed {bed + 1}", PredefinedType="BED")
            for bed in range(space.beds)
        ]
        writer.rooted(
            "IfcRelContainedInSpatialStructure", f"beds {space.number}", RelatingStructure=found, RelatedElements=beds
        )
    return found


def _opening(writer: _Writer, opening: Opening, spaces: dict[str, Any], level: int, z: float) -> Any:
    key = f"{level} {' '.join(opening.rooms)}"
    if opening.open_side:
        found = writer.rooted("IfcVirtualElement", key, Name=key, ObjectPlacement=writer.placed())
    else:
        x, y = opening.at
        box = Box(x - opening.width / 2, y - 0.1, opening.width, 0.2)
        found = writer.rooted(
            "IfcDoor", key, Name=f"Door {key}", ObjectPlacement=writer.placed(),
            Representation=writer.solid(box, z, 2.1), OverallHeight=2.1, OverallWidth=opening.width,
        )  # fmt: skip
    for room in opening.rooms:
        writer.rooted(
            "IfcRelSpaceBoundary", f"{key} {room}", RelatingSpace=spaces[room], RelatedBuildingElement=found,
            PhysicalOrVirtualBoundary="VIRTUAL" if opening.open_side else "PHYSICAL",
            InternalOrExternalBoundary="INTERNAL" if len(opening.rooms) > 1 else "EXTERNAL",
        )  # fmt: skip
    return found
