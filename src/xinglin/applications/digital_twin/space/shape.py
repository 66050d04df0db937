"""Outlines of rooms: what lies inside, how near they are, where they touch. Loads shapely where it works."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .model import Point

if TYPE_CHECKING:
    from shapely import Polygon

_GRID = 0.001


def polygon(outline: Sequence[Point]) -> Polygon:
    """The area of an outline, made valid; empty where it has fewer than three corners."""
    from shapely import Polygon, make_valid

    if len(outline) < 3:
        return Polygon()
    found = Polygon(outline)
    return found if found.is_valid else _largest(make_valid(found))


def footprint(vertices: Sequence[Sequence[float]], faces: Iterable[Sequence[int]]) -> tuple[Point, ...]:
    """The outline of a solid seen from above: its horizontal faces joined. Metres, rounded to millimetres."""
    from shapely import Polygon, set_precision, unary_union

    triangles = []
    for face in faces:
        corners = [vertices[place] for place in face]
        triangle = Polygon([(corner[0], corner[1]) for corner in corners])
        if triangle.area > 1e-4:
            triangles.append(triangle)
    if not triangles:
        return ()
    joined = _largest(unary_union([set_precision(one, _GRID) for one in triangles]))
    return outline_of(joined.simplify(0.01))


def outline_of(area: Polygon) -> tuple[Point, ...]:
    """The outer corners counter-clockwise from the most south-western one, not closed."""
    from shapely.geometry.polygon import orient

    if area.is_empty:
        return ()
    corners = [(round(x, 3), round(y, 3)) for x, y in orient(area).exterior.coords[:-1]]
    first = corners.index(min(corners))
    return tuple(corners[first:] + corners[:first])


def box(low: Point, high: Point) -> tuple[Point, ...]:
    """The outline of an upright rectangle."""
    return (low, (high[0], low[1]), high, (low[0], high[1]))


def inner_point(outline: Sequence[Point]) -> Point:
    """A point well inside: the centroid where it is inside, else one that surely is."""
    area = polygon(outline)
    if area.is_empty:
        return (0.0, 0.0)
    point = area.centroid if area.contains(area.centroid) else area.representative_point()
    return (round(point.x, 3), round(point.y, 3))


def touching(one: Polygon, other: Polygon, gap: float) -> tuple[float, Point]:
    """How many metres of side two areas share within ``gap``, and the middle of it."""
    shared = one.exterior.intersection(other.buffer(gap, join_style="mitre"))
    if shared.is_empty:
        return 0.0, (0.0, 0.0)
    from shapely import LineString, line_merge

    pieces = line_merge(shared) if shared.geom_type == "MultiLineString" else shared
    longest: Any = max(getattr(pieces, "geoms", [pieces]), key=lambda piece: piece.length)
    if not isinstance(longest, LineString):
        return 0.0, (0.0, 0.0)
    middle = longest.interpolate(0.5, normalized=True)
    return float(longest.length), (round(middle.x, 3), round(middle.y, 3))


def between(one: Polygon, other: Polygon) -> Point:
    """The middle of the shortest line from one area to another."""
    from shapely import shortest_line

    if one.is_empty or other.is_empty:
        return (0.0, 0.0)
    middle = shortest_line(one, other).interpolate(0.5, normalized=True)
    return (round(middle.x, 3), round(middle.y, 3))


def _largest(found: Any) -> Polygon:
    from shapely import Polygon

    parts = [part for part in getattr(found, "geoms", [found]) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area, default=Polygon())
