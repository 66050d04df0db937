"""The R4 definitions that the platform reads at run time, each loaded when first asked for."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import orjson

_FOLDER = Path(__file__).parent / "definitions"


class Element(msgspec.Struct, frozen=True):
    """One element of a type (StructureDefinition.snapshot): ``types`` are FHIR type codes.

    ``same_as`` is the path whose content this element repeats (``contentReference``), or empty.
    """

    min: int
    many: bool
    types: tuple[str, ...]
    summary: bool = False
    modifier: bool = False
    same_as: str = msgspec.field(default="", name="as")


@cache
def elements() -> Mapping[str, Mapping[str, Element]]:
    """The elements of each type and backbone path (``Observation``, ``Observation.component``), choice
    elements under their ``value[x]`` name."""
    return msgspec.json.decode(_text("elements"), type=dict[str, dict[str, Element]])


@cache
def search_parameters() -> tuple[Mapping[str, Any], ...]:
    """The official R4 SearchParameter definitions, reduced to what a server reads."""
    return tuple(orjson.loads(_text("search-parameters")))


@cache
def compartments() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The five compartments by the type of their focus (compartmentdefinition.html): for each type in one, the
    search parameters that link it to the focus; none where only the focus itself is in it."""
    return msgspec.json.decode(_text("compartments"), type=dict[str, dict[str, tuple[str, ...]]])


def json_schema() -> dict[str, Any]:
    """The official R4 JSON schema without its prose, read anew: the caller may change it."""
    schema: dict[str, Any] = orjson.loads(_text("schema"))
    return schema


@cache
def resource_types() -> frozenset[str]:
    """The concrete R4 resource types."""
    return frozenset(json_schema()["discriminator"]["mapping"])


def choice_key(name: str, type_: str) -> str:
    """The JSON property of a choice element for one type: ``value[x]`` and ``Quantity`` give ``valueQuantity``."""
    return name.removesuffix("[x]") + type_[0].upper() + type_[1:]


def _text(name: str) -> bytes:
    return gzip.decompress((_FOLDER / f"{name}.json.gz").read_bytes())
