"""What the store is asked to write and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ..fhir import identified, instant
from ..search import Index, Sight, sight
from .touching import patients_in

Status = Literal["created", "updated", "unchanged", "deleted"]
Method = Literal["POST", "PUT", "DELETE"]


ANY_VERSION = -1
"""Expected of a resource that must be there, at whatever version (``If-Match: *``, RFC 9110 13.1.1)."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who or what wrote: ids of the message or request that led here, and the agent's name."""

    agent: str
    correlation_id: str | None = None
    causation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """One resource as it now stands. ``status`` tells what this write did to it; ``patient`` is ``Patient/<id>`` whose
    compartment it is in, where it was written."""

    type: str
    id: str
    version: int
    status: Status
    updated: datetime
    patient: str | None = None

    def patients(self) -> Iterable[str]:
        return (self.patient.partition("/")[2],) if self.patient else ()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a resource. ``content`` is its exact JSON, None where this version is a deletion."""

    type: str
    id: str
    version: int
    updated: datetime
    method: str
    content: bytes | None

    def patients(self) -> Iterable[str]:
        return patients_in(self.type, self.id, self.content)


@dataclass(frozen=True, slots=True)
class Noticed:
    """A resource that was just written, for a room that must know in the same transaction. ``resource`` is None where
    it was deleted; ``marks`` are its own now, ``marks_before`` those of what was there."""

    type: str
    id: str
    resource: Mapping[str, Any] | None
    marks: int
    marks_before: int


Watcher = Callable[[Any, Sequence[Noticed]], Awaitable[None]]
"""Told on the writer's connection, after the writing; what it raises undoes the transaction."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One write. ``text`` and ``resource`` are the same content as bytes and parsed; None deletes.

    ``fresh``: the id was made by this server for this write, so nobody can have it.
    ``expected_version``: the version that must be current (If-Match), or None.
    ``index``: its entries, where they were made already.
    ``by_value``: compare with what is stored by value and not by text, for content that rooms made.
    ``by``: what the one who asked for it may change, None where all may be changed.
    """

    type: str
    id: str
    method: Method
    text: bytes | None
    resource: Mapping[str, Any] | None
    fresh: bool = False
    expected_version: int | None = None
    by_value: bool = False
    index: Index | None = None
    by: Sight | None = field(default_factory=sight, compare=False)

    def stored(self, written: Written) -> bytes:
        """The text as it is stored at the version that ``written`` tells."""
        return identified(self.text or b"{}", self.type, self.id, written.version, instant(written.updated))
