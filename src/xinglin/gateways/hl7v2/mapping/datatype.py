"""HL7 data types as FHIR data types, by HL7's data type maps (CWE, XPN, XAD, XTN, CX, EI, TS)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..syntax import Delimiters, Segment, fhir_date, fhir_date_time
from ..syntax.message import part
from . import codes

if TYPE_CHECKING:
    from .reading import Reading

_CJK = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_REPRESENTATION = {"I": "IDE", "A": "ABC", "P": "SYL"}
_REPRESENTATION_URL = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_CONCEPTS: dict[tuple[str, ...], dict[str, Any] | None] = {}
_CONCEPTS_MAX = 20_000
_TYPE_ALIASES = {"MRN": "MR", "VISITID": "VN"}


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """``text`` as one path segment of a URI: lower case, runs of other characters as one hyphen."""
    return quote(re.sub(r"[\W_]+", "-", text.strip().lower()).strip("-") or "unnamed")


@lru_cache(maxsize=4096)
def code_system(name: str, fallback: str) -> str:
    """The URI of a code system named in CWE.3; local ones get a URI under ``fallback``."""
    upper = name.upper()
    known = codes.CODE_SYSTEMS.get(upper)
    if known:
        return known
    if re.fullmatch(r"HL7\d{4}", upper):
        return f"http://terminology.hl7.org/CodeSystem/v2-{upper[3:]}"
    if upper.startswith(("HTTP://", "HTTPS://", "URN:")):
        return name
    if re.fullmatch(r"[0-2](\.\d+)+", name):
        return f"urn:oid:{name}"
    return f"{fallback}/code/{slug(name)}"


def concept(marks: Delimiters, components: list[str], reading: Reading, system: str = "") -> dict[str, Any] | None:
    """CWE, CE, CNE[CodeableConcept]; ``system`` is meant where CWE.3 is empty."""
    codings = []
    for at, version in ((1, 7), (4, 8), (10, 13)):
        code, display = part(marks, components, at), part(marks, components, at + 1)
        named = part(marks, components, at + 2)
        if not code and not (display and named):
            continue
        coding: dict[str, Any] = {}
        uri = code_system(named, reading.fallback) if named else (system if at == 1 else "")
        if uri:
            coding["system"] = uri
        edition = part(marks, components, version)
        if edition:
            coding["version"] = edition
        if code:
            coding["code"] = " ".join(code.split()) if " " in code else code
        if display:
            coding["display"] = display
        codings.append(coding)
    text = part(marks, components, 9) or ("" if codings else part(marks, components, 2))
    said: dict[str, Any] = {}
    if codings:
        said["coding"] = codings
    if text:
        said["text"] = text
    return said or None


def cwe(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    raw = segment.raw(number)
    at = (raw, segment.delimiters.all, segment.delimiters.codec, reading.fallback)
    if at not in _CONCEPTS:  # the same few hundred codes come again and again
        if len(_CONCEPTS) >= _CONCEPTS_MAX:
            _CONCEPTS.clear()
        _CONCEPTS[at] = concept(segment.delimiters, segment.components(number), reading)
    return _CONCEPTS[at]


def cwe_in(table: str) -> Any:
    """A converter for coded fields whose HL7 table is known where the field names none."""
    system = f"http://terminology.hl7.org/CodeSystem/v2-{table}"

    def convert(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
        return concept(segment.delimiters, segment.components(number), reading, system)

    return convert


def cwes(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = (concept(segment.delimiters, one, reading) for one in segment.repetitions(number))
    return [one for one in found if one]


def coded_by(table: dict[str, tuple[str, str, str]]) -> Any:
    """A converter to a CodeableConcept by a code table; codes outside it keep their own coding."""

    def convert(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
        found = table.get(segment.text(number))
        if found is None:
            return cwe(segment, number, reading)
        code, display, system = found
        return {"coding": [{"system": system, "code": code, "display": display}]}

    return convert


def code_by(table: dict[str, Any]) -> Any:
    """A converter to a plain code (or boolean) by a code table; codes outside it say nothing."""

    def convert(segment: Segment, number: int, reading: Reading) -> Any:
        return table.get(segment.text(number))

    return convert


def date_time(segment: Segment, number: int, reading: Reading) -> str | None:
    text = segment.text(number)
    return fhir_date_time(text, reading.zone) if text else None


def date(segment: Segment, number: int, reading: Reading) -> str | None:
    text = segment.text(number)
    return fhir_date(text) if text else None


def text(segment: Segment, number: int, reading: Reading) -> str | None:
    return segment.text(number) or None


def human_name(marks: Delimiters, components: list[str]) -> dict[str, Any] | None:
    """XPN[HumanName]; ``text`` is the whole name as its script writes it."""
    family = part(marks, components, 1)
    given = [name for name in (part(marks, components, 2), part(marks, components, 3)) if name]
    if not family and not given:
        return None
    said: dict[str, Any] = {}
    use = codes.NAME_TYPE.get(part(marks, components, 7))
    if use:
        said["use"] = use
    prefix, suffix = part(marks, components, 5), part(marks, components, 4)
    said["text"] = _full_name(family, given, prefix, suffix)
    if family:
        said["family"] = family
    if given:
        said["given"] = given
    if prefix:
        said["prefix"] = [prefix]
    suffixes = [name for name in (suffix, part(marks, components, 6), part(marks, components, 14)) if name]
    if suffixes:
        said["suffix"] = suffixes
    script = _REPRESENTATION.get(part(marks, components, 8))
    if script:
        said["extension"] = [{"url": _REPRESENTATION_URL, "valueCode": script}]
    return said


def _full_name(family: str, given: list[str], prefix: str, suffix: str) -> str:
    if _CJK.search(family + "".join(given)):
        return family + "".join(given)
    return " ".join(name for name in (prefix, *given, family, suffix) if name)


def names(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = (human_name(segment.delimiters, one) for one in segment.repetitions(number))
    return [one for one in found if one]


def name(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    return human_name(segment.delimiters, segment.components(number))


def address(marks: Delimiters, components: list[str]) -> dict[str, Any] | None:
    """XAD[Address]."""
    kind = part(marks, components, 7)
    street = marks.subcomponents(components[0]) if components and components[0] else []
    lines = [line for line in (*street[:3], part(marks, components, 2), part(marks, components, 19)) if line]
    said = {
        "use": codes.ADDRESS_USE.get(kind),
        "type": codes.ADDRESS_TYPE.get(kind),
        "line": lines or None,
        "city": part(marks, components, 3),
        "district": part(marks, components, 9),
        "state": part(marks, components, 4),
        "postalCode": part(marks, components, 5),
        "country": part(marks, components, 6),
    }
    return {element: value for element, value in said.items() if value} or None


def addresses(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
    found = (address(segment.delimiters, one) for one in segment.repetitions(number))
    return [one for one in found if one]


def one_address(segment: Segment, number: int, reading: Reading) -> dict[str, Any] | None:
    return address(segment.delimiters, segment.components(number))


def contact_point(marks: Delimiters, components: list[str], use: str) -> dict[str, Any] | None:
    """XTN[ContactPoint]; ``use`` is that of the field where XTN.2 and XTN.3 do not say it."""
    equipment = part(marks, components, 3)
    mail = part(marks, components, 4)
    mapped = codes.TELECOMMUNICATION_EQUIPMENT.get(equipment, "email" if mail and not equipment else "phone")
    value = mail if mapped == "email" and mail else _number(marks, components)
    if not value:
        return None
    said_use = codes.TELECOMMUNICATION_USE.get(part(marks, components, 2)) or use
    if mapped == "mobile":
        mapped, said_use = "phone", "mobile"
    said = {"system": mapped, "value": value}
    if said_use:
        said["use"] = said_use
    return said


def _number(marks: Delimiters, components: list[str]) -> str:
    whole = part(marks, components, 12) or part(marks, components, 1)
    if whole:
        return whole
    country, area, local, extension = (part(marks, components, at) for at in (5, 6, 7, 8))
    if not local:
        return ""
    pieces = [f"+{country}" if country else "", area, local, f"X{extension}" if extension else ""]
    return " ".join(piece for piece in pieces if piece)


def telecom(use: str) -> Any:
    """A converter of XTN fields that mean ``use`` unless they say otherwise."""

    def convert(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
        found = (contact_point(segment.delimiters, one, use) for one in segment.repetitions(number))
        return [one for one in found if one]

    return convert


def identifier(
    marks: Delimiters, components: list[str], reading: Reading, kind: str, authority_at: int = 4, type_at: int = 5
) -> dict[str, Any] | None:
    """CX[Identifier] (also EI with ``authority_at=2, type_at=0``); ``kind`` is meant where no authority is."""
    value = part(marks, components, 1)
    if not value:
        return None
    authority = components[authority_at - 1] if len(components) >= authority_at else ""
    said: dict[str, Any] = {"system": reading.system_of(authority, kind), "value": value}
    if type_at:
        code = part(marks, components, type_at).upper()
        if code:
            code = _TYPE_ALIASES.get(code, code)
            said["type"] = {"coding": [{"system": _IDENTIFIER_TYPES, "code": code}]}
    period = {}
    for at, element in ((7, "start"), (8, "end")):
        moment = part(marks, components, at) if type_at else ""
        shown = fhir_date_time(moment, reading.zone) if moment else None
        if shown:
            period[element] = shown
    if period:
        said["period"] = period
    return said


def identifiers(kind: str) -> Any:
    """A converter of repeating CX fields."""

    def convert(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
        found = (identifier(segment.delimiters, one, reading, kind) for one in segment.repetitions(number))
        return [one for one in found if one]

    return convert


def typed_identifier(value: dict[str, Any], code: str) -> dict[str, Any]:
    """``value`` with an identifier type of HL7 table 0203."""
    return {**value, "type": {"coding": [{"system": _IDENTIFIER_TYPES, "code": code}]}}


def extension(url: str, value_element: str, convert: Any) -> Any:
    """A converter to a one-element ``extension`` list around another converter."""

    def wrapped(segment: Segment, number: int, reading: Reading) -> list[dict[str, Any]]:
        value = convert(segment, number, reading)
        return [] if value is None else [{"url": url, value_element: value}]

    return wrapped
