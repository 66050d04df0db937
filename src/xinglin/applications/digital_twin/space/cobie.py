"""Reads a COBie workbook (NBIMS-US, 2.4): floors, spaces, doors and their boxes. Loads openpyxl where it works."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from xinglin.foundation.errors import Category as Reason
from xinglin.foundation.errors import XinglinError

from .model import Building, Door, Room, Storey
from .naming import category_of, in_both, is_public, storey_in_both
from .shape import box
from .survey import Found, Opening, settle

Row = Mapping[str, Any]
_SHEETS = ("Facility", "Floor", "Space", "Component", "Coordinate")
_LARGEST_UNPACKED = 512 * 2**20
_LARGEST_RATIO = 200
_MOST_ROWS = 400_000
_SCALES = (1.0, 0.001, 0.3048, 0.0254)
_WIDTH = re.compile(r"(\d{3,4}) ?x ?\d{3,4} ?mm", re.IGNORECASE)


def read_cobie(file: Path) -> Building:
    """The building of a COBie workbook, in metres. INVALID where it is none, has no rooms, or unpacks beyond bounds."""
    _check_archive(file)
    sheets = _sheets(file)
    spaces = sheets["Space"]
    if not spaces:
        raise XinglinError(Reason.INVALID, "the sheet Space has no rows", "工作表 Space 没有任何行")
    boxes = _boxes(sheets["Coordinate"])
    scale = _scale(spaces, boxes)
    storeys = _storeys(sheets["Floor"], spaces)
    rooms = [_room(row, storeys, boxes, scale) for row in spaces]
    by_number = {room.number: room for room in rooms}
    openings = [
        _opening(row, by_number, boxes, scale) for row in sheets["Component"] if _text(row, "Object") == "IfcDoor"
    ]
    facility: Row = next(iter(sheets["Facility"]), {})
    name, name_en = in_both(_text(facility, "Description"), _text(facility, "ProjectName"), _text(facility, "Name"))
    note = (
        "COBie gives a box for each room, not its outline; ways between rooms without a door are to be confirmed.",
        "COBie 只给出房间的外包矩形而非轮廓；无门相通之处需要确认。",
    )
    found = Found(tuple(storeys.values()), tuple(rooms), tuple(openings), boxes_only=True, notes=(note,))
    id_ = _text(facility, "FacilityIdentifier") or _text(facility, "Name") or file.stem
    return settle(id_, name, name_en, "cobie", found)


def _check_archive(file: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise _no_cobie("it is no Excel workbook", "它不是 Excel 工作簿") from error
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > _LARGEST_UNPACKED or unpacked > _LARGEST_RATIO * max(packed, 1):
        raise XinglinError(
            Reason.INVALID,
            f"the workbook unpacks to {unpacked / 2**20:,.0f} MiB, which no building needs",
            f"该工作簿解压后达 {unpacked / 2**20:,.0f} MiB，超出任何建筑所需",
        )


def _no_cobie(english: str, chinese: str) -> XinglinError:
    return XinglinError(Reason.INVALID, f"this is no COBie workbook: {english}", f"这不是 COBie 工作簿：{chinese}")


def _sheets(file: Path) -> dict[str, list[Row]]:
    from openpyxl import load_workbook

    try:
        with file.open("rb") as content:  # by content: openpyxl would go by the ending of the name
            book = load_workbook(content, read_only=True, data_only=True)
            missing = [name for name in _SHEETS if name not in book.sheetnames]
            if missing:
                raise _no_cobie(f"sheets missing: {', '.join(missing)}", f"缺少工作表：{'、'.join(missing)}")
            found = {name: _rows(book[name]) for name in _SHEETS}
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise _no_cobie(str(error)[:200], str(error)[:200]) from error
    return found


def _rows(sheet: Any) -> list[Row]:
    lines = sheet.iter_rows(values_only=True)
    header = [str(cell or "").replace("Ext", "", 1) if str(cell or "").startswith("Ext") else cell
              for cell in next(lines, ())]  # fmt: skip
    header = [str(cell or "").removeprefix("ernal") for cell in header]  # ExtObject, ExternalObject: Object
    found: list[Row] = []
    for line in lines:
        if line and line[0]:
            found.append(dict(zip(header, line, strict=False)))
        if len(found) > _MOST_ROWS:
            raise _no_cobie(f"more than {_MOST_ROWS:,} rows", f"行数超过 {_MOST_ROWS:,}")
    return found


def _text(row: Row, column: str) -> str:
    found = str(row.get(column) or "").strip()
    return "" if found.lower() == "n/a" else found


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _boxes(rows: list[Row]) -> dict[tuple[str, str], dict[str, tuple[float, ...]]]:
    found: dict[tuple[str, str], dict[str, tuple[float, ...]]] = {}
    for row in rows:
        axes = [_number(row.get(f"Coordinate{axis}Axis")) for axis in "XYZ"]
        if None not in axes:
            place = (_text(row, "SheetName"), _text(row, "RowName"))
            found.setdefault(place, {})[_text(row, "Category")] = tuple(axis for axis in axes if axis is not None)
    return found


def _scale(spaces: list[Row], boxes: Mapping[tuple[str, str], Mapping[str, tuple[float, ...]]]) -> float:
    """Metres in one unit of the coordinates: that by which boxes fit the areas; LinearUnits is of heights."""
    ratios = []
    for row in spaces:
        ends = boxes.get(("Space", _text(row, "Name")), {})
        area = _number(row.get("GrossArea")) or _number(row.get("NetArea"))
        if area and "box-lowerleft" in ends and "box-upperright" in ends:
            low, high = ends["box-lowerleft"], ends["box-upperright"]
            ratios.append(abs((high[0] - low[0]) * (high[1] - low[1])) / area)
    if not ratios:
        return 1.0
    usual = median(ratios)
    return min(_SCALES, key=lambda scale: abs(usual * scale * scale - 1.1))


def _storeys(floors: list[Row], spaces: list[Row]) -> dict[str, Storey]:
    elevations = {_text(row, "Name"): row for row in floors}
    found: dict[str, Storey] = {}
    for name in dict.fromkeys(_text(row, "FloorName") for row in spaces):
        row = elevations.get(name, {})
        own, own_en = storey_in_both(name, _text(row, "Description"))
        identity = _text(row, "Identifier") or f"floor {name}"
        found[name] = Storey(identity, own, own_en, _number(row.get("Elevation")) or 0.0)
    return found


def _room(
    row: Row, storeys: Mapping[str, Storey], boxes: Mapping[tuple[str, str], Mapping[str, tuple[float, ...]]],
    scale: float,
) -> Room:  # fmt: skip
    number = _text(row, "Name")
    name, name_en = in_both(_text(row, "Description"))
    category = category_of(_text(row, "Category"), name, name_en)
    storey = storeys[_text(row, "FloorName")]
    ends = boxes.get(("Space", number), {})
    low, high = ends.get("box-lowerleft"), ends.get("box-upperright")
    known = low is not None and high is not None
    low, high = low or (0.0, 0.0, storey.elevation), high or (0.0, 0.0, storey.elevation)
    corners = [(round(x * scale, 3), round(y * scale, 3)) for x, y in ((low[0], low[1]), (high[0], high[1]))]
    return Room(
        id=_text(row, "Identifier") or f"space {number}",
        storey=storey.id,
        number=number,
        name=name,
        name_en=name_en.capitalize() if name_en.isupper() else name_en,
        category=category,
        outline=box(corners[0], corners[1]) if known else (),
        floor=round(low[2] * scale, 3),
        height=round((high[2] - low[2]) * scale, 3),
        public=is_public(category),
    )


def _opening(
    row: Row, rooms: Mapping[str, Room], boxes: Mapping[tuple[str, str], Mapping[str, tuple[float, ...]]], scale: float
) -> Opening:
    name = _text(row, "Name")
    given = [rooms[part.strip()] for part in _text(row, "Space").split(",") if part.strip() in rooms]
    ends = boxes.get(("Component", name), {})
    low, high = (
        tuple(axis * scale for axis in ends[end]) if end in ends else None
        for end in ("box-lowerleft", "box-upperright")
    )
    point = ends.get("point")
    at = (round(point[0] * scale, 3), round(point[1] * scale, 3)) if point else None
    words = _text(row, "Description")
    width = _WIDTH.search(words)
    door = Door(
        id=_text(row, "Identifier") or f"door {name}",
        name=name,
        storey=given[0].storey if given else "",
        rooms=tuple(room.id for room in given),
        at=at,
        width=int(width[1]) / 1000 if width else None,
        how="named",
        outside="exterior" in words.lower() and len(given) == 1,
    )
    return Opening(door, low, high)
