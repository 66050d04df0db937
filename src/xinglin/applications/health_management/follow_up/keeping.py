"""What follow-ups need of the store, and how a Task is found and changed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from xinglin.data_platform.store import Cause
from xinglin.foundation.errors import Category, XinglinError

from . import task
from .task import Resource

Reference = tuple[str, str]


class Resources(Protocol):
    """What this room needs of the store; it reads and writes as whoever asks may."""

    async def read(self, connection: Any, type_: str, id_: str) -> Resource: ...

    async def fetch(
        self, connection: Any, references: Iterable[Reference], having: str | None = None
    ) -> dict[Reference, Resource]: ...

    async def search(self, connection: Any, type_: str, parameters: Sequence[tuple[str, str]]) -> Any: ...

    async def put_all(
        self,
        connection: Any,
        resources: Sequence[Mapping[str, Any]],
        cause: Cause,
        expected: Mapping[Reference, int] | None = None,
    ) -> Any: ...


async def read_task(store: Resources, connection: Any, id_: str) -> Resource:
    """The Task of a follow-up or a concern. Raises NOT_FOUND for one that is neither."""
    found = await store.read(connection, "Task", id_)
    if not task.is_follow_up(found):
        raise no_follow_up(id_)
    return found


async def put_changed(
    store: Resources, connection: Any, before: Resource, after: Resource, agent: str, *further: Resource
) -> None:
    """Write ``after`` and ``further``. Raises PRECONDITION where the Task is not as ``before`` any more."""
    expected = {("Task", str(before["id"])): task.version_of(before)}
    await store.put_all(connection, [after, *further], Cause(agent=agent), expected)


def no_follow_up(id_: str) -> XinglinError:
    return XinglinError(Category.NOT_FOUND, f"Task/{id_} is no follow-up of yours", "没有该随访")
