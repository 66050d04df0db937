"""Resources told in part: ``_summary`` and ``_elements`` (hl7.org/fhir/R4/search.html#summary, #elements)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import orjson

from xinglin.foundation.errors import Category, XinglinError

from ..fhir import Element, choice_key, elements
from .patching import exact

SUMMARIES = ("true", "text", "data", "count", "false")
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_ALWAYS = frozenset({"resourceType", "id", "meta"})


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of resources is asked for; the whole by default."""

    summary: str = "false"
    elements: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        return self.summary in ("false", "count") and not self.elements

    def of(self, type_: str, content: bytes, included: bool = False) -> bytes:
        """``content`` of a ``type_`` as asked, marked SUBSETTED where something may be missing.

        Of ``included`` resources only those elements are left out that were asked for by the type's name
        (``Patient.name``), since plain names speak of the matches.
        """
        names = self._names(type_, included)
        if self.summary in ("false", "count") and names is None:
            return content
        members = _members(content)
        if names is not None:
            kept = names | _required(type_)
            short = {name: value for name, value in members.items() if _belongs(type_, name, kept)}
        elif self.summary == "data":
            short = {name: value for name, value in members.items() if name != "text"}
        elif self.summary == "text":
            kept = _required(type_, with_modifiers=False) | {"text"}
            short = {name: value for name, value in members.items() if _belongs(type_, name, kept)}
        else:
            short = _summary(type_, exact.read(content))
        meta = orjson.loads(bytes(members["meta"])) if "meta" in members else {}
        return exact.write({**short, "meta": {**meta, "tag": [*meta.get("tag", ()), _SUBSETTED]}})

    def _names(self, type_: str, included: bool) -> frozenset[str] | None:
        own = [name.removeprefix(f"{type_}.") for name in self.elements if name.startswith(f"{type_}.")]
        plain = [] if included else [name for name in self.elements if "." not in name]
        return frozenset([*own, *plain]) if own or plain else None


WHOLE = Part()


def part_of(parameters: Sequence[tuple[str, str]]) -> Part:
    """The part that the parameters of a read or a history ask for.

    Raises INVALID for a summary that R4 does not have there: to count is for searches.
    """
    asked = dict(parameters)
    summary = asked.get("_summary", "false")
    if summary not in SUMMARIES or summary == "count":
        raise XinglinError(
            Category.INVALID,
            "_summary: one of true, text, data, false is expected here",
            "_summary：此处应为 true、text、data 或 false",
            expression="_summary",
            issue_code="value",
        )
    names = [name.strip() for key, value in parameters if key == "_elements" for name in value.split(",")]
    return Part(summary, tuple(filter(None, names)))


def _summary(path: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """What the definitions mark as summary, at every depth, with what is mandatory where it stands."""
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "resourceType":
            kept[name] = inner
            continue
        element, below = _described(path, name.lstrip("_"))
        if element is not None and (element.summary or element.min or name in ("id", "meta")):
            kept[name] = inner if name.startswith("_") else _deeper(below, inner)
    return kept


def _deeper(path: str, value: Any) -> Any:
    if path in ("", "Meta") or not any(element.summary for element in elements().get(path, {}).values()):
        return value
    if isinstance(value, list):
        return [_deeper(path, one) for one in value]
    return _summary(path, value) if isinstance(value, dict) else value


@cache
def _described(path: str, name: str) -> tuple[Element | None, str]:
    """The element ``name`` of the type or backbone ``path``, and where its own elements are described."""
    table = elements().get(path, {})
    if name in table:
        element = table[name]
        below = f"{path}.{name}"
        if element.same_as or below in elements():
            return element, element.same_as or below
        return element, element.types[0] if len(element.types) == 1 and element.types[0] != "Resource" else ""
    for known, element in table.items():
        if known.endswith("[x]"):
            for kind in element.types:
                if choice_key(known, kind) == name:
                    return element, kind
    return None, ""


@cache
def _required(type_: str, with_modifiers: bool = True) -> frozenset[str]:
    table = elements()[type_]
    return _ALWAYS | {name for name, element in table.items() if element.min or (with_modifiers and element.modifier)}


def _belongs(type_: str, name: str, kept: frozenset[str]) -> bool:
    plain = name.lstrip("_")
    if plain in kept:
        return True
    return any(_choice_has(type_, choice, plain) for choice in kept)


@cache
def _choice_has(type_: str, asked: str, name: str) -> bool:
    choice = asked if asked.endswith("[x]") else f"{asked}[x]"
    element = elements()[type_].get(choice)
    return element is not None and any(choice_key(choice, kind) == name for kind in element.types)
