"""Staff, places and organisations that messages name in passing (XCN, PL, XON): found or made, never changed.

Their own systems keep them; a result that mentions a doctor must not rename the doctor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..syntax import Delimiters, Segment
from ..syntax.message import part
from .datatype import human_name

if TYPE_CHECKING:
    from .reading import Key, Reading

_PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_LEVELS = (("wa", "Ward"), ("ro", "Room"), ("bd", "Bed"))
_CACHED_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something named in a field: its key, what to make where it is unknown, what it is part of."""

    key: Key
    resource: dict[str, Any]
    display: str
    within: Named | None = None


_CACHE: dict[tuple[object, ...], Named | None] = {}


def practitioner(marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    """XCN[Practitioner]; ``None`` without an identifier, since a name alone does not tell staff apart."""
    return _cached("XCN", _practitioner, marks, components, reading)


def location(marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    """PL[Location]: the bed within its room within its ward, as far as PL.1 to PL.3 say."""
    return _cached("PL", _location, marks, components, reading)


def organization(marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    """XON[Organization], by XON.10 or XON.3, or by its name where neither is there."""
    return _cached("XON", _organization, marks, components, reading)


def reference(named: Named, reading: Reading) -> dict[str, Any]:
    """A FHIR reference to ``named``; makes it, and what it is part of, where they are not known."""
    id_ = _hold(named, reading)
    said = {"reference": f"{named.key[0]}/{id_}"}
    if named.display:
        said["display"] = named.display
    return said


def practitioners(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    """References to every practitioner of a repeating XCN field."""
    found = (practitioner(segment.delimiters, one, reading) for one in segment.repetitions(number))
    return [reference(one, reading) for one in found if one]


def one_practitioner(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    """A reference to the first practitioner of an XCN field."""
    found = practitioners(segment, number, reading)
    return found[0] if found else None


def _hold(named: Named, reading: Reading) -> str:
    id_ = reading.workspace.id_of(named.key)
    if reading.current(named.key[0], id_) is None:
        if named.key in reading.workspace.known:
            return id_
        resource = {"resourceType": named.key[0], "id": id_, **named.resource}
        if named.within is not None:
            resource["partOf"] = {"reference": f"Location/{_hold(named.within, reading)}"}
        reading.put(resource)
    return id_


def _cached(kind: str, make: Any, marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    header = reading.message.header
    at = (kind, reading.workspace.dialect, marks.all, header.sending_application, header.sending_facility, *components)
    if at not in _CACHE:
        if len(_CACHE) >= _CACHED_MAX:
            _CACHE.clear()
        _CACHE[at] = make(marks, components, reading)
    return _CACHE[at]


def _practitioner(marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    value = part(marks, components, 1)
    if not value:
        return None
    authority = components[8] if len(components) > 8 else ""
    system = reading.system_of(authority, "practitioner")
    resource: dict[str, Any] = {"identifier": [{"system": system, "value": value}], "active": True}
    spelled = [*components[1:6], "", "", "", "", ""][:5]
    name = human_name(marks, [spelled[0], spelled[1], spelled[2], spelled[3], spelled[4]])
    if name:
        resource["name"] = [name]
    return Named(("Practitioner", system, value), resource, name["text"] if name else "")


def _location(marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    authority = components[10] if len(components) > 10 and components[10] else ""
    facility = components[3] if len(components) > 3 else ""
    system = reading.system_of(authority or facility, "location")
    named: Named | None = None
    path: list[str] = []
    for at, (code, level) in enumerate(_LEVELS, start=1):
        value = part(marks, components, at)
        if not value:
            continue
        path.append(value)
        resource = {
            "identifier": [{"system": system, "value": "-".join(path)}],
            "status": "active",
            "name": " ".join(path),
            "mode": "instance",
            "physicalType": {"coding": [{"system": _PHYSICAL, "code": code, "display": level}]},
        }
        named = Named(("Location", system, "-".join(path)), resource, " ".join(path), named)
    return named


def _organization(marks: Delimiters, components: list[str], reading: Reading) -> Named | None:
    name = part(marks, components, 1)
    value = part(marks, components, 10) or part(marks, components, 3) or name
    if not value:
        return None
    authority = components[5] if len(components) > 5 else ""
    system = reading.system_of(authority, "organization")
    resource: dict[str, Any] = {"identifier": [{"system": system, "value": value}], "active": True}
    if name:
        resource["name"] = name
    return Named(("Organization", system, value), resource, name)
