"""Mapping tables: each row says which field goes to which FHIR attribute, in the words of HL7's own map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..syntax import Segment

if TYPE_CHECKING:
    from .reading import Reading

Convert: TypeAlias = "Callable[[Segment, int, Reading], Any]"


@dataclass(frozen=True, slots=True)
class Row:
    """Field ``field`` becomes ``target`` (HL7's map) by ``convert``, put at ``element`` of the resource.

    ``element`` may have one dot. With ``many`` the converter gives a list that is added to what is there;
    otherwise the first value wins.
    """

    field: int
    target: str
    element: str
    convert: Convert
    many: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one segment for one resource; ``name`` is that of HL7's map, such as ``PID[Patient]``.

    ``by_code`` lists field and target of what needs more than one field, or the past, to be decided.
    """

    name: str
    rows: tuple[Row, ...]
    by_code: tuple[tuple[int, str], ...] = ()

    plan: tuple[tuple[int, str, str, bool, Convert], ...] = field(init=False, repr=False, compare=False)
    """``rows`` as ``apply`` walks them: field, outer element or empty, element, many, converter."""

    def __post_init__(self) -> None:
        plan = []
        for row in self.rows:
            outer, _, element = row.element.rpartition(".")
            plan.append((row.field, outer, element, row.many, row.convert))
        object.__setattr__(self, "plan", tuple(plan))

    def apply(self, segment: Segment, reading: Reading) -> dict[str, Any]:
        """What ``segment`` says of the resource; an element that the sender deletes (``""``) is ``None``."""
        said: dict[str, Any] = {}
        fields = segment.fields
        length = len(fields)
        for number, outer, element, many, convert in self.plan:
            if number >= length or not fields[number]:
                continue
            if fields[number] == '""':
                said.setdefault(f"{outer}.{element}" if outer else element, None)
                continue
            value = convert(segment, number, reading)
            if value is None or value == []:
                continue
            holder = said
            if outer:
                holder = said[outer] = said.get(outer) or {}
            there = holder.get(element)
            if many:
                holder[element] = [*there, *value] if there else value
            elif there is None:
                holder[element] = value
        return said
