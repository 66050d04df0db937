"""The plan of the made-up hospital: a slab with a core in the middle, two wings, two wards a storey.

All lengths in metres. A storey is a corridor along x with rooms on both sides; the core holds the hall, lifts, stairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..hospital import Department, Place, clinics, emergency_beds, ward_beds, wards

HEIGHT, STOREY_HEIGHT = 3.0, 3.9
_CORRIDOR, _DEPTH, _WALL = 3.0, 7.0, 0.1
_CORE = 9.0
"""Half the length of the core."""
_DOOR, _BED_DOOR = 0.9, 1.3


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the ground."""

    x: float
    y: float
    width: float
    depth: float


@dataclass(slots=True)
class Space:
    """A room; ``number`` is its Location's code where it has one."""

    number: str
    name: str
    name_en: str
    box: Box
    public: bool = True
    beds: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A door between two rooms, or from one outside; ``open_side`` is a way without a door."""

    rooms: tuple[str, ...]
    at: tuple[float, float]
    width: float
    across_y: bool = True
    open_side: bool = False


@dataclass(slots=True)
class Floor:
    """A storey from the ground up."""

    level: int
    spaces: list[Space] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wanted:
    number: str
    name: str
    name_en: str
    width: float
    door: float = _DOOR
    public: bool = True
    beds: int = 0


def floors() -> list[Floor]:
    """The whole hospital, from the entrance to the topmost ward."""
    wings: list[tuple[list[_Wanted], list[_Wanted]]] = [(_front(), _emergency())]
    outpatient = [list(_clinic(one)) for one in clinics()]
    wings += [(_joined(outpatient[place : place + 3]), _joined(outpatient[place + 3 : place + 6]))
              for place in range(0, len(outpatient), 6)]  # fmt: skip
    inpatient = [list(_ward(one)) for one in wards()]
    wings += [(inpatient[place], inpatient[place + 1] if place + 1 < len(inpatient) else [])
              for place in range(0, len(inpatient), 2)]  # fmt: skip
    return [_floor(level, west, east) for level, (west, east) in enumerate(wings)]


def _joined(parts: Sequence[list[_Wanted]]) -> list[_Wanted]:
    return [one for part in parts for one in part]


def _front() -> list[_Wanted]:
    return [
        _Wanted("F-CASH", "挂号收费处", "Registration and cash desk", 8),
        _Wanted("F-PHARM", "门诊药房", "Outpatient pharmacy", 10),
        _Wanted("F-LAB", "检验科采血处", "Laboratory, blood draw", 8),
        _Wanted("F-XR", "放射科", "Radiology", 10, _BED_DOOR),
        _Wanted("F-US", "超声科", "Ultrasound", 8, _BED_DOOR),
        _Wanted("F-STORE", "一楼库房", "Ground floor store", 4, public=False),
    ]


def _emergency() -> list[_Wanted]:
    names = (("01", "抢救室", "Resuscitation", 10.0), ("02", "留观室", "Observation", 18.0),
             ("03", "急诊诊区", "Emergency consulting area", 10.0))  # fmt: skip
    return [
        _Wanted(Place("ED", room).code, name, name_en, width, _BED_DOOR, beds=len(emergency_beds(room)))
        for room, name, name_en, width in names
    ]


def _clinic(department: Department) -> Iterator[_Wanted]:
    yield _Wanted(
        f"{department.clinic}-W", f"{department.name}候诊区", f"{department.name_en} waiting area", 6.0, 1.5
    )  # fmt: skip
    for number in range(1, department.consulting_rooms + 1):
        name, name_en = f"{department.name}{number}诊室", f"{department.name_en} consulting room {number}"
        yield _Wanted(f"{department.clinic}-{number:02d}", name, name_en, 4.0)


def _ward(department: Department) -> Iterator[_Wanted]:
    name, name_en = department.name, department.name_en
    yield _Wanted(f"{department.ward}-N", f"{name}护士站", f"{name_en} nurse station", 6.0, 1.5)
    beds = ward_beds(department)
    for room in dict.fromkeys(bed.room for bed in beds):
        count = sum(bed.room == room for bed in beds)
        width = 3.5 + 1.2 * (count > 1) + 1.2 * (count > 2)
        yield _Wanted(
            Place(department.ward, room).code, f"{name}{int(room)}病室", f"{name_en} ward room {int(room)}",
            width, _BED_DOOR, beds=count,
        )  # fmt: skip
    yield _Wanted(f"{department.ward}-S", f"{name}库房", f"{name_en} store", 3.5, public=False)


def _floor(level: int, west: list[_Wanted], east: list[_Wanted]) -> Floor:
    floor = Floor(level)
    _core(floor)
    for side, wanted in ((-1, west), (1, east)):
        if wanted:
            _wing(floor, side, wanted)
    return floor


def _core(floor: Floor) -> None:
    level, half = floor.level + 1, _CORRIDOR / 2
    hall = "门诊大厅" if floor.level == 0 else f"{level}层电梯厅"
    hall_en = "Main entrance hall" if floor.level == 0 else f"Level {level} entrance hall to the lifts"
    own = f"L{level}-HALL"
    floor.spaces.append(Space(own, hall, hall_en, Box(-_CORE, -half, 2 * _CORE, _CORRIDOR)))
    north = (("LIFT1", "1号电梯", "Lift 1", 3.0, 1.1), ("LIFT2", "2号电梯", "Lift 2", 3.0, 1.1),
             ("BED1", "1号病床电梯", "Bed lift 1", 4.0, 1.4),
             ("BED2", "2号病床电梯", "Bed lift 2", 4.0, 1.4))  # fmt: skip
    x = -_CORE + 1
    for number, name, name_en, width, door in north:
        floor.spaces.append(Space(f"L{level}-{number}", name, name_en, _inset(Box(x, half, width, 4.0))))
        floor.openings.append(Opening((f"L{level}-{number}", own), (x + width / 2, half), door))
        x += width
    south = (("STAIR", "中央楼梯", "Central stairs", 4.0), ("WC", "卫生间", "Toilets", 6.0),
             ("DESK", "导诊台" if floor.level == 0 else "服务台", "Reception desk", 5.0))  # fmt: skip
    x = -_CORE + 1
    for number, name, name_en, width in south:
        room = Space(f"L{level}-{number}", name, name_en, _inset(Box(x, -half - _DEPTH, width, _DEPTH)))
        floor.spaces.append(room)
        floor.openings.append(Opening((room.number, own), (x + width / 2, -half), 1.2))
        x += width
    if floor.level == 0:
        floor.openings.append(Opening((own,), (_CORE - 1.2, -half), 2.4))


def _wing(floor: Floor, side: int, wanted: list[_Wanted]) -> None:
    level, half = floor.level + 1, _CORRIDOR / 2
    rows = _two_rows(wanted)
    length = max(sum(one.width for one in row) for row in rows) + 4.0
    word, word_en = ("西", "West") if side < 0 else ("东", "East")
    own = f"L{level}-{'W' if side < 0 else 'E'}"
    left = -_CORE - length if side < 0 else _CORE
    corridor = Box(left, -half, length, _CORRIDOR)
    floor.spaces.append(Space(own, f"{level}层{word}走廊", f"Level {level} {word_en.lower()} corridor", corridor))
    edge = (side * _CORE, 0.0)
    floor.openings.append(Opening((own, f"L{level}-HALL"), edge, _CORRIDOR, across_y=False, open_side=True))
    for row, y in zip(rows, (half, -half - _DEPTH), strict=True):
        _row(floor, own, row, side, y)
    far = side * (_CORE + length - 2.0)
    name, name_en = f"{word}楼梯", f"{word_en} stairs"
    stairs = Space(f"{own}-STAIR", name, name_en, _inset(Box(far - 2.0, half, 4.0, _DEPTH)))
    floor.spaces.append(stairs)
    floor.openings.append(Opening((stairs.number, own), (stairs.box.x + 1.9, half), 1.2))


def _two_rows(wanted: list[_Wanted]) -> tuple[list[_Wanted], list[_Wanted]]:
    rows: tuple[list[_Wanted], list[_Wanted]] = ([], [])
    for one in wanted:
        min(rows, key=lambda row: sum(each.width for each in row)).append(one)
    return rows


def _row(floor: Floor, corridor: str, row: list[_Wanted], side: int, y: float) -> None:
    x = _CORE
    door_y = _CORRIDOR / 2 if y > 0 else -_CORRIDOR / 2
    for one in row:
        left = x if side > 0 else -x - one.width
        room = Space(one.number, one.name, one.name_en, _inset(Box(left, y, one.width, _DEPTH)), one.public, one.beds)
        floor.spaces.append(room)
        floor.openings.append(Opening((one.number, corridor), (left + one.width / 2, door_y), one.door))
        x += one.width


def _inset(box: Box) -> Box:
    return Box(box.x + _WALL, box.y + _WALL, box.width - 2 * _WALL, box.depth - 2 * _WALL)
