"""Whose records a request touched, for those who write it down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_KEPT = 1_000


@dataclass(slots=True)
class Touched:
    """What the answer to one request shows or changes: references such as ``Patient/1``, in the order met, and how
    many there were when they were more than 1,000. ``refused`` names the rule that stood against it."""

    references: dict[str, None] = field(default_factory=dict)
    patients: dict[str, None] = field(default_factory=dict)
    many: int = 0
    refused: str | None = None
    emergency: bool = False

    def add(self, references: Iterable[str], patients: Iterable[str] = ()) -> None:
        """Note resources, and the ids of the patients in whose compartment they are."""
        for reference in references:
            self.many += 1
            if len(self.references) < _KEPT:
                self.references[reference] = None
        for patient in patients:
            if len(self.patients) < _KEPT:
                self.patients[patient] = None


def touched_of(scope: Any) -> Touched:
    """The notes of this request; made at first use."""
    found = scope.get("xinglin.touched")
    if found is None:
        found = scope["xinglin.touched"] = Touched()
    assert isinstance(found, Touched)
    return found
