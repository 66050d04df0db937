"""What the one who asks may see: every statement that reads resources for somebody reads them through here.

The rooms above decide; this room needs a condition only. It is kept with the request and not handed from function to
function, so that none can forget it (decision 0015): outside a request, as in a worker, nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from xinglin.foundation.errors import XinglinError


@dataclass(frozen=True, slots=True)
class Change:
    """A write that is about to happen. ``patient`` and ``marks`` are what ``belonging`` tells of the resource after it,
    ``patient_before`` and ``marks_before`` of what is there (None: nothing is)."""

    type: str
    id: str
    method: str
    patient: str
    marks: int
    patient_before: str | None = None
    marks_before: int = 0


class Sight(Protocol):
    """What one caller may see and change."""

    def condition(self, row: str, type_: str | None = None) -> str:
        """The SQL condition that ``row``, of the table of resources or of their history, may be seen: by its columns
        type, id, patient and marks, and by settings of the session; ``true`` where that hides nothing. With ``type_``
        it need be right for rows of that type only. It holds nothing that a caller wrote."""
        ...

    async def refusals(self, connection: Any, changes: Sequence[Change]) -> list[XinglinError | None]:
        """For each of ``changes``, why it must not happen, or None."""
        ...

    async def hidden(self, type_: str, id_: str) -> XinglinError | None:
        """What is said of a resource that was not found among what may be seen, where more may be said than that."""
        ...


class _Nothing:
    """Sees and changes nothing: what a request has before it is known whose it is."""

    def condition(self, row: str, type_: str | None = None) -> str:
        return f"{row}.type IS NULL"

    async def refusals(self, connection: Any, changes: Sequence[Change]) -> list[XinglinError | None]:
        raise AssertionError("a request wrote before it was known whose it is")

    async def hidden(self, type_: str, id_: str) -> XinglinError | None:
        return None


NOTHING: Sight = _Nothing()
_SIGHT: ContextVar[Sight | None] = ContextVar("sight", default=None)


def sight() -> Sight | None:
    """The caller's; None where all may be seen and changed."""
    return _SIGHT.get()


@contextmanager
def seeing(what: Sight | None) -> Iterator[None]:
    """See by ``what`` inside the block."""
    token = _SIGHT.set(what)
    try:
        yield
    finally:
        _SIGHT.reset(token)


def resource(row: str, type_: str | None = None, table: str = "resource") -> str:
    """The table of resources, or of their history, as ``row``, with those rows only that the caller may see; those of
    other types than ``type_``, where one is named, do not matter."""
    seen = _SIGHT.get()
    condition = "true" if seen is None else seen.condition("whole", type_)
    if condition == "true":
        return f"{table} {row}"
    return f"(SELECT * FROM {table} AS whole WHERE {condition}) AS {row}"  # noqa: S608 - no words of others
