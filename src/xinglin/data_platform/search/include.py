"""What comes along with the matches (hl7.org/fhir/R4/search.html#include)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..fhir import known_type, resource_types
from . import reference
from .parameter import Parameter, parameters
from .path import values
from .words import unfit

ANY = "*"


@dataclass(frozen=True, slots=True)
class Include:
    """``_include`` or ``_revinclude``: references of ``type`` (``*`` for any) in ``parameter`` (None for any), only
    to ``target`` if given; ``iterate`` follows those of included resources too."""

    type: str
    parameter: Parameter | None
    target: str | None
    reverse: bool
    iterate: bool

    def parameters_of(self, type_: str) -> list[Parameter]:
        """The parameters of resources of ``type_`` that this follows."""
        if self.type not in (ANY, type_):
            return []
        if self.parameter is not None:
            return [self.parameter]
        return [one for one in parameters(type_).values() if one.type == "reference" and one.paths]

    def sources(self) -> list[str]:
        """The types whose references this follows."""
        return sorted(resource_types()) if self.type == ANY else [self.type]


def read_include(type_: str, reverse: bool, modifier: str, value: str) -> Include:
    """The include written as ``value`` in a search of ``type_``. Raises INVALID."""
    name = "_revinclude" if reverse else "_include"
    iterate = modifier in ("iterate", "recurse")
    if modifier and not iterate:
        raise unfit(name, f"the modifier ':{modifier}' is not known", f"未知的修饰符“:{modifier}”", "not-supported")
    if value == ANY:
        return Include(ANY, None, None, reverse, iterate)
    parts = value.split(":")
    if len(parts) not in (2, 3):
        raise unfit(name, "write Type:parameter or Type:parameter:Target", "应写作 类型:参数 或 类型:参数:目标类型")
    source, code, target = parts[0], parts[1], parts[2] if len(parts) == 3 else None
    parameter = parameters(source).get(code)
    known = known_type(source) and (code == ANY or (parameter is not None and parameter.type == "reference"))
    wrong_way = not reverse and not iterate and type_ not in ("", source)
    if not known or wrong_way or (target is not None and not known_type(target)):
        raise unfit(name, f"'{value}' cannot be included", f"“{value}”不是可包含的引用", "not-supported")
    return Include(source, parameter, target, reverse, iterate)


def targets(
    includes: Sequence[Include], resource: Mapping[str, Any], bases: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Type and id of what ``resource`` refers to on this server, as ``includes`` ask; may repeat."""
    for include in includes:
        for parameter in include.parameters_of(resource["resourceType"]):
            for path in parameter.paths:
                for place in path.places:
                    if place.type not in ("Reference", "uri"):
                        continue
                    for value in values(place.way, resource):
                        found = _local(value if place.type == "uri" else value.get("reference", ""), bases)
                        if found and path.target in (None, found[0]) and include.target in (None, found[0]):
                            yield found


def _local(written: str, bases: Sequence[str]) -> tuple[str, str] | None:
    for base in bases:
        written = written.removeprefix(base)
    found = reference.local(written)
    if found is None:
        return None
    type_, _, id_ = found.partition("/")
    return type_, id_
