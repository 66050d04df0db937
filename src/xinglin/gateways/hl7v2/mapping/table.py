"""Mapping tables: each row says which field goes to which FHIR attribute, in the words of HL7's own map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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

    def apply(self, segment: Segment, reading: Reading) -> dict[str, Any]:
        """What ``segment`` says of the resource; an element that the sender deletes (``""``) is ``None``."""
        said: dict[str, Any] = {}
        fields = segment.fields
        length = len(fields)
        for row in self.rows:
            number = row.field
            if number >= length or not fields[number]:
                continue
            if fields[number] == '""':
                said.setdefault(row.element, None)
                continue
            value = row.convert(segment, number, reading)
            if value is None or value == []:
                continue
            _put(said, row, value)
        return said


def _put(said: dict[str, Any], row: Row, value: Any) -> None:
    element, holder = row.element, said
    if "." in element:
        outer, element = element.split(".", 1)
        holder = said.get(outer) or {}
        said[outer] = holder
    if row.many:
        holder[element] = [*(holder.get(element) or ()), *value]
    elif holder.get(element) is None:
        holder[element] = value
