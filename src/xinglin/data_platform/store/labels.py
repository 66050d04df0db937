"""Profiles, tags and security labels of a resource or of one of its versions: ``$meta``, ``$meta-add`` and
``$meta-delete`` (hl7.org/fhir/R4/resource-operation-meta.html and its neighbours).

Labels are changed where they stand: no version comes about (resource.html#tag-updates).
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson

from xinglin.foundation import bus
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import check_shape, parse
from ..search import Change, Index, index, patient_of, sight
from . import repository
from .answer import Answer
from .defining import refresh
from .known import known, version_named
from .model import Cause, Noticed, Version
from .patching import exact
from .rows import tokens_of
from .writer import RESOURCE_CHANGED, Writer

_MOST_LABELS = 10_000
_SETS = ("profile", "security", "tag")
Meta = dict[str, Any]


async def labels(connection: Any, type_: str, id_: str, version: str | None) -> Answer:
    """The ``meta`` of a resource, or of the version named. Raises NOT_FOUND or GONE."""
    found = await version_named(connection, type_, id_, version)
    return _answer(found, exact.read(found.content or b"")["meta"])


async def labels_in_use(connection: Any, type_: str | None) -> Answer:
    """The ``meta`` of all resources of a type, or of all, as one: each label once. Raises INVALID where those are more
    than 10,000; UNAVAILABLE where reading them takes longer than a statement may."""
    known(type_)
    found = await repository.labels_in_use(connection, type_, _MOST_LABELS + 1)
    if len(found) > _MOST_LABELS:
        raise XinglinError(
            Category.INVALID,
            f"more than {_MOST_LABELS} labels are in use; ask by type, or of one resource",
            f"在用标签超过 {_MOST_LABELS} 个，请按类型或单个资源查询",
            issue_code="too-costly",
        )
    meta: Meta = {}
    for name, text in found:
        meta = _added(meta, {name: [orjson.loads(text)]})
    part = [{"name": "return", "valueMeta": meta}] if meta else []
    return Answer(HTTPStatus.OK, exact.write({"resourceType": "Parameters", **({"parameter": part} if part else {})}))


class Labels:
    """Changes of labels, each in the caller's transaction."""

    def __init__(self, writer: Writer, clock: Clock, ids: Ids) -> None:
        self._writer = writer
        self._clock = clock
        self._ids = ids

    async def add(
        self, connection: Any, type_: str, id_: str, version: str | None, body: bytes, cause: Cause
    ) -> Answer:
        """Add the labels in ``body``. Raises INVALID where that is no Parameters with a ``meta``."""
        return await self._change(connection, type_, id_, version, _added, body, cause)

    async def delete(
        self, connection: Any, type_: str, id_: str, version: str | None, body: bytes, cause: Cause
    ) -> Answer:
        """Take the labels in ``body`` away; those that are not there do not matter."""
        return await self._change(connection, type_, id_, version, _deleted, body, cause)

    async def _change(
        self,
        connection: Any,
        type_: str,
        id_: str,
        version: str | None,
        changed: Callable[[Meta, Meta], Meta],
        body: bytes,
        cause: Cause,
    ) -> Answer:
        given = _given(body)
        known(type_, id_)
        locked = await repository.lock(connection, [(type_, id_)])
        found = await version_named(connection, type_, id_, version)
        resource = exact.read(found.content or b"")
        meta = changed(resource["meta"], given)
        if meta == resource["meta"]:
            return _answer(found, meta)
        resource["meta"] = meta
        text = exact.write(resource)
        await refresh(connection)
        entries = index(orjson.loads(text))
        now_so = Version(found.type, found.id, found.version, found.updated, found.method, text)
        await _permit(connection, locked[0], entries)
        await repository.relabel(connection, now_so, entries.marks, *tokens_of(entries))
        if locked[0].version.version != found.version:
            return _answer(now_so, meta)
        await self._writer.tell(connection, [Noticed(type_, id_, orjson.loads(text), entries.marks, locked[0].marks)])
        key = patient_of(type_, id_, entries.references) or f"{type_}/{id_}"
        change = {"type": type_, "id": id_, "version": found.version, "status": "updated"}
        event = bus.NewEvent(
            id=self._ids.new(),
            room="store",
            name=RESOURCE_CHANGED,
            key=key,
            occurred_at=self._clock.now(),
            body={"changes": [change]},
            causation_id=cause.causation_id,
            correlation_id=cause.correlation_id,
        )
        await bus.append(connection, [event])
        return _answer(now_so, meta)


async def _permit(connection: Any, locked: repository.Locked, after: Index) -> None:
    """Raise what stands against other labels on what is ``locked``."""
    seen, one = sight(), locked.version
    if seen is None:
        return
    change = Change(one.type, one.id, "PUT", locked.patient, after.marks, locked.patient, locked.marks)
    for refusal in await seen.refusals(connection, [change]):
        if refusal is not None:
            raise refusal


def _answer(found: Version, meta: Meta) -> Answer:
    content = exact.write({"resourceType": "Parameters", "parameter": [{"name": "return", "valueMeta": meta}]})
    return Answer(HTTPStatus.OK, content, None, found.version, found.updated)


def _given(body: bytes) -> Meta:
    given = parse(body)
    if given.get("resourceType") == "Parameters":
        check_shape(given)
        for one in given.get("parameter", ()):
            if one["name"] == "meta" and "valueMeta" in one:
                return dict(one["valueMeta"])
    raise XinglinError(
        Category.INVALID,
        "a Parameters resource with the parameter 'meta' (valueMeta) is expected",
        "应提交含 meta（valueMeta）参数的 Parameters 资源",
        expression="Parameters.parameter",
        issue_code="required",
    )


def _added(meta: Meta, given: Meta) -> Meta:
    changed = dict(meta)
    for name in _SETS:
        there = [_identity(one) for one in meta.get(name, ())]
        new = {_identity(one): one for one in given.get(name, ()) if _identity(one) not in there}
        if new:
            changed[name] = [*meta.get(name, ()), *new.values()]
    return changed


def _deleted(meta: Meta, given: Meta) -> Meta:
    changed = dict(meta)
    for name in _SETS:
        gone_ones = [_identity(one) for one in given.get(name, ())]
        left = [one for one in meta.get(name, ()) if _identity(one) not in gone_ones]
        changed.pop(name, None)
        if left:
            changed[name] = left
    return changed


def _identity(label: Any) -> Any:
    """What makes two labels the same: of a profile its URL, of a tag or security label system and code."""
    return label if isinstance(label, str) else (label.get("system"), label.get("code"))
