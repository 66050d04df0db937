"""``$expunge``: versions removed for ever, as a court or a patient's right may ask. No part of R4; other servers
have it by this name."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson

from xinglin.foundation import bus
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import check_shape, parse
from . import repository
from .answer import Answer
from .known import known, not_found
from .model import Cause
from .preparing import prepare_deletion
from .service import Store
from .settings import StoreSettings

RESOURCE_EXPUNGED = "resource.expunged"
_CHOICES = ("expungePreviousVersions", "expungeDeletedResources", "expungeEverything")


class Expunging:
    """Off unless the settings allow it. What was removed is told on the bus, with who asked, not what it said."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, settings: StoreSettings) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def expunge(self, connection: Any, type_: str, id_: str, body: bytes, cause: Cause) -> Answer:
        """Remove what the booleans in the Parameters of ``body`` choose, in the caller's transaction.

        ``expungePreviousVersions``: superseded versions; ``expungeDeletedResources``: with them the trace of a
        deleted resource; ``expungeEverything``: the same, having deleted it first. Raises FORBIDDEN where the
        settings do not allow it, NOT_FOUND, INVALID where nothing is chosen, CONFLICT where a resource that is
        not deleted is to go as a deleted one.
        """
        if not self._settings.allow_expunge:
            raise XinglinError(
                Category.FORBIDDEN,
                "this node does not allow $expunge; the setting is store.allow_expunge",
                "本节点未启用 $expunge，设置项为 store.allow_expunge",
            )
        known(type_, id_)
        chosen = _chosen(body)
        locked = await repository.lock(connection, [(type_, id_)])
        if not locked:
            raise not_found(type_, id_)
        deleted = locked[0].version.content is None
        if "expungeEverything" in chosen and not deleted:
            await self._store.writer.write(connection, [prepare_deletion(type_, id_)], cause)
            deleted = True
        if "expungeDeletedResources" in chosen and not deleted:
            raise XinglinError(
                Category.CONFLICT, f"{type_}/{id_} is not deleted", f"{type_}/{id_} 尚未删除", expression="Parameters"
            )
        removed = await repository.expunge_history(connection, type_, id_)
        if chosen != {"expungePreviousVersions"}:
            removed += await repository.expunge_deleted(connection, type_, id_)
        await self._tell(connection, type_, id_, removed, cause)
        count = {"name": "count", "valueInteger": removed}
        return Answer(HTTPStatus.OK, orjson.dumps({"resourceType": "Parameters", "parameter": [count]}))

    async def _tell(self, connection: Any, type_: str, id_: str, removed: int, cause: Cause) -> None:
        event = bus.NewEvent(
            id=self._ids.new(),
            room="store",
            name=RESOURCE_EXPUNGED,
            key=f"{type_}/{id_}",
            occurred_at=self._clock.now(),
            body={"type": type_, "id": id_, "versions": removed, "agent": cause.agent},
            causation_id=cause.causation_id,
            correlation_id=cause.correlation_id,
            purpose="operations",
        )
        await bus.append(connection, [event])


def _chosen(body: bytes) -> set[str]:
    given = parse(body)
    check_shape(given)
    parameters = given.get("parameter", ()) if given["resourceType"] == "Parameters" else ()
    chosen = {one["name"] for one in parameters if one["name"] in _CHOICES and one.get("valueBoolean") is True}
    if not chosen:
        names = ", ".join(_CHOICES)
        raise XinglinError(
            Category.INVALID,
            f"choose by a Parameters resource what to remove: one of {names}, each a valueBoolean",
            f"请在 Parameters 资源中以 valueBoolean 选择要清除的内容：{names}",
            expression="Parameters.parameter",
            issue_code="required",
        )
    return chosen
