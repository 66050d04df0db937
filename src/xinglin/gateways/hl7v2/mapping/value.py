"""OBX-5 by its data type (OBX-2), units, reference ranges: what an observation says."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from xinglin.data_platform.fhir import decimal

from ..syntax import Segment, fhir_date_time, fhir_time
from ..syntax.message import part
from .datatype import code_system, concept
from .reading import Reading

_NUMBER = re.compile(r"\s*(<=|>=|<|>|≤|≥)?\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*$")
_BETWEEN = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(?:-|–|—|~|～|至|to)\s*([+-]?\d+(?:\.\d+)?)\s*$")
_COMPARATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "≤": "<=", "≥": ">="}
_UNITS: dict[tuple[str, str, str], dict[str, Any]] = {}
_UNITS_MAX = 5_000
_UCUM = "http://unitsofmeasure.org"
_R5_VALUE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.value"


def observed(segment: Segment, reading: Reading) -> dict[str, Any]:
    """The ``value[x]`` of an OBX, or ``component`` for several coded values; empty where OBX-5 is."""
    raw = segment.raw(5)
    if not raw or raw == '""':
        return {}
    found = _READERS.get(segment.text(2), _string)(segment, reading)
    return found or _string(segment, reading)


def number(text: str) -> int | float | Decimal | None:
    """The number that a decimal text spells, with its digits (``5.10`` is not ``5.1``), or ``None``."""
    found = _NUMBER.match(text)
    return None if found is None or found.group(1) else _spelled(found.group(2))


def _spelled(digits: str) -> int | float | Decimal:
    return int(digits) if digits.lstrip("+-").isdigit() and len(digits) < 16 else decimal(digits)


def unit_of(segment: Segment, reading: Reading) -> dict[str, Any]:
    """OBX-6 as the unit elements of a Quantity; system and code only where it says UCUM."""
    at = (segment.raw(6), segment.delimiters.all, reading.fallback)
    found = _UNITS.get(at)
    if found is None:
        if len(_UNITS) >= _UNITS_MAX:
            _UNITS.clear()
        found = _UNITS[at] = _unit(segment, reading)
    return found


def _unit(segment: Segment, reading: Reading) -> dict[str, Any]:
    components = segment.components(6)
    if not components:
        return {}
    marks = segment.delimiters
    code, shown, system = (part(marks, components, at) for at in (1, 2, 3))
    said: dict[str, Any] = {}
    if shown or code:
        said["unit"] = shown or code
    if code and system and code_system(system, reading.fallback) == _UCUM:
        said |= {"system": _UCUM, "code": code}
    return said


def reference_range(text: str, unit: dict[str, Any]) -> list[dict[str, Any]]:
    """OBX-7: its text, and ``low`` and ``high`` where it is one interval; empty for ``[ ]`` and the like."""
    if not any(character.isalnum() for character in text):
        return []
    said: dict[str, Any] = {}
    between = _BETWEEN.match(text)
    bound = None if between else _NUMBER.match(text)
    if between:
        said["low"] = {"value": number(between.group(1)), **unit}
        said["high"] = {"value": number(between.group(2)), **unit}
    elif bound and bound.group(1):
        end = "high" if bound.group(1) in ("<", "<=", "≤") else "low"
        said[end] = {"value": number(bound.group(2)), **unit}
    said["text"] = text
    return [said]


def _numeric(segment: Segment, reading: Reading) -> dict[str, Any]:
    found = _NUMBER.match(segment.text(5))
    if found is None:
        return {}
    quantity: dict[str, Any] = {"value": _spelled(found.group(2))}
    if found.group(1):
        quantity["comparator"] = _COMPARATORS[found.group(1)]
    return {"valueQuantity": {**quantity, **unit_of(segment, reading)}}


def _structured(segment: Segment, reading: Reading) -> dict[str, Any]:
    components = segment.components(5)
    comparator, first, separator, second = (part(segment.delimiters, components, at) for at in range(1, 5))
    low, high = number(first), number(second)
    unit = unit_of(segment, reading)
    if low is not None and high is not None and comparator in ("", "="):
        if separator == "-":
            return {"valueRange": {"low": {"value": low, **unit}, "high": {"value": high, **unit}}}
        if separator in (":", "/"):
            return {"valueRatio": {"numerator": {"value": low, **unit}, "denominator": {"value": high, **unit}}}
    if low is not None and not separator and not second and comparator in ("", "=", *_COMPARATORS):
        said: dict[str, Any] = {"value": low}
        if comparator in _COMPARATORS:
            said["comparator"] = _COMPARATORS[comparator]
        return {"valueQuantity": {**said, **unit}}
    shown = unit.get("unit", "")
    return {"valueString": " ".join(one for one in (comparator, first, separator, second, shown) if one)}


def _coded(segment: Segment, reading: Reading) -> dict[str, Any]:
    marks = segment.delimiters
    found = [concept(marks, one, reading) for one in segment.repetitions(5)]
    values = [one for one in found if one]
    if len(values) == 1:
        return {"valueCodeableConcept": values[0]}
    code = concept(marks, segment.components(3), reading) or {"text": "value"}
    return {"component": [{"code": code, "valueCodeableConcept": value} for value in values]} if values else {}


def _moment(segment: Segment, reading: Reading) -> dict[str, Any]:
    found = fhir_date_time(segment.text(5), reading.zone)
    return {"valueDateTime": found} if found else {}


def _time(segment: Segment, reading: Reading) -> dict[str, Any]:
    return {"valueTime": fhir_time(segment.text(5))}


def _period(segment: Segment, reading: Reading) -> dict[str, Any]:
    ends = {"start": segment.component(5, 1), "end": segment.component(5, 2)}
    said = {end: fhir_date_time(text, reading.zone) for end, text in ends.items() if text}
    return {"valuePeriod": said} if said else {}


def _range(segment: Segment, reading: Reading) -> dict[str, Any]:
    unit = unit_of(segment, reading)
    ends = {"low": number(segment.component(5, 1)), "high": number(segment.component(5, 2))}
    said = {end: {"value": value, **unit} for end, value in ends.items() if value is not None}
    return {"valueRange": said} if said else {}


def _attached(segment: Segment, reading: Reading) -> dict[str, Any]:
    found = attachment(segment)
    return {"extension": [{"url": _R5_VALUE, "valueAttachment": found}]} if found else {}


def attachment(segment: Segment) -> dict[str, Any] | None:
    """OBX-5 of type ED or RP as an Attachment: base64 data or a pointer."""
    components = segment.components(5)
    marks = segment.delimiters
    if segment.text(2) == "RP":
        pointer = part(marks, components, 1)
        return {"url": pointer} if pointer else None
    data = "".join(marks.whole(components[4]).split()) if len(components) > 4 else ""
    if not data or part(marks, components, 4).lower() != "base64":
        return None
    kind, subtype = part(marks, components, 2), part(marks, components, 3)
    said = {"data": data}
    if subtype:
        said = {"contentType": _content_type(kind, subtype), **said}
    return said


def _content_type(kind: str, subtype: str) -> str:
    if "/" in subtype:
        return subtype.lower()
    main = {"ap": "application", "im": "image", "tx": "text", "text": "text"}.get(kind.lower(), kind.lower())
    return f"{main or 'application'}/{subtype.lower()}"


def narrative(segment: Segment, field: int = 5) -> str:
    """A text field as a whole: repetitions are lines, and component marks are taken as written."""
    marks = segment.delimiters
    lines = [marks.whole(line) for line in segment.raw(field).split(marks.repetition)]
    return "\n".join(lines).strip()


def _string(segment: Segment, reading: Reading) -> dict[str, Any]:
    text = narrative(segment)
    return {"valueString": text} if text else {}


_READERS: dict[str, Callable[[Segment, Reading], dict[str, Any]]] = {
    "NM": _numeric,
    "SN": _structured,
    "CE": _coded,
    "CWE": _coded,
    "CNE": _coded,
    "CF": _coded,
    "IS": _coded,
    "DT": _moment,
    "TS": _moment,
    "DTM": _moment,
    "TM": _time,
    "DR": _period,
    "NR": _range,
    "ED": _attached,
    "RP": _attached,
}
