"""Single interactions that write (hl7.org/fhir/R4/http.html): create, update, patch, delete, with their conditions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ..fhir import check_id, compact
from . import conditional, repository
from .answer import Answer, answer_of, information
from .combiner import Combiner
from .known import known, patchable
from .model import ANY_VERSION, Cause, Draft
from .patching import Patch
from .preparing import prepare, prepare_deletion, version_of
from .reading import Reading
from .retrying import retrying
from .service import Store
from .settings import StoreSettings
from .shortening import WHOLE


class Interactions:
    """Each is one transaction, shared with others where that is safe. ``base`` is the FHIR URL."""

    def __init__(self, database: Database, store: Store, reading: Reading, ids: Ids, settings: StoreSettings) -> None:
        self._database = database
        self._store = store
        self._reading = reading
        self._ids = ids
        self._settings = settings
        self._combiner = Combiner(database, store.writer)

    async def create(self, type_: str, text: bytes, if_none_exist: str | None, base: str, cause: Cause) -> Answer:
        """POST. With If-None-Exist, answers with the one that matches instead of making another (#ccreate)."""
        known(type_)
        draft = prepare(compact(text), type_, self._ids.new(), "POST", fresh=True)
        if if_none_exist is None:
            return await self._write(draft, cause)
        condition = (type_, if_none_exist.lstrip("?"))

        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                found = await self._held(connection, condition, base)
                if found is not None:
                    return await self._reading.read(connection, type_, found, WHOLE)
                return await self._write_here(connection, draft, cause)

        return await retrying(attempt)

    async def update(self, type_: str, id_: str, text: bytes, if_match: str | None, cause: Cause) -> Answer:
        """PUT: replaces, or makes a resource with this id (#update, #upsert)."""
        known(type_)
        check_id(id_)
        expected = version_of(if_match, "If-Match")
        draft = prepare(compact(text), type_, id_, "PUT", True, expected_version=expected)
        return await self._write(draft, cause)

    async def update_matching(
        self, type_: str, query: str, text: bytes, if_match: str | None, base: str, cause: Cause
    ) -> Answer:
        """PUT by a condition: replaces the one that matches, or makes one (#cond-update)."""
        known(type_)
        expected = version_of(if_match, "If-Match")
        draft = prepare(compact(text), type_, self._ids.new(), "PUT", fresh=True, expected_version=expected)

        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                found = await self._held(connection, (type_, query), base)
                here = await conditional.placed(connection, draft, found)
                return await self._write_here(connection, here, cause)

        return await retrying(attempt)

    async def patch(self, type_: str, id_: str, patch: Patch, if_match: str | None, cause: Cause) -> Answer:
        """PATCH: the changes on what is current, no other write in between (#patch). Raises NOT_FOUND or GONE,
        PRECONDITION for a stale If-Match, UNPROCESSABLE where an operation fails."""
        known(type_, id_)
        expected = version_of(if_match, "If-Match")

        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                return await self._patch_here(connection, type_, id_, patch, expected, cause)

        return await retrying(attempt)

    async def patch_matching(
        self, type_: str, query: str, patch: Patch, if_match: str | None, base: str, cause: Cause
    ) -> Answer:
        """PATCH by a condition that matches exactly one. Raises NOT_FOUND where nothing matches."""
        known(type_)
        expected = version_of(if_match, "If-Match")

        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                found = await self._held(connection, (type_, query), base)
                if found is None:
                    raise conditional.nothing_matches((type_, query))
                return await self._patch_here(connection, type_, found, patch, expected, cause)

        return await retrying(attempt)

    async def delete(self, type_: str, id_: str, if_match: str | None, cause: Cause) -> Answer:
        """DELETE; what is not there counts as deleted (#delete)."""
        known(type_)
        check_id(id_)
        return _told(await self._write(prepare_deletion(type_, id_, version_of(if_match, "If-Match")), cause))

    async def delete_matching(self, type_: str, query: str, if_match: str | None, base: str, cause: Cause) -> Answer:
        """DELETE by a condition: one match, or as many as the settings allow, or none at all (#3.1.0.7.1)."""
        known(type_)
        expected = version_of(if_match, "If-Match")
        condition = (type_, query)

        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                await conditional.hold(connection, [condition])
                ids = await conditional.resolve_all(
                    connection, self._store.searcher, condition, base, self._settings.max_conditional_deletes
                )
                drafts = [prepare_deletion(type_, id_, expected) for id_ in ids]
                written = await self._store.writer.write(connection, drafts, cause) if drafts else []
                if len(written) == 1:
                    return _told(answer_of(written[0], drafts[0]))
                return _told(Answer(HTTPStatus.NO_CONTENT, shown=written))

        return await retrying(attempt)

    async def _held(self, connection: Any, condition: conditional.Condition, base: str) -> str | None:
        """The id of the one that matches, while no other transaction acts on the same condition."""
        await conditional.hold(connection, [condition])
        return (await conditional.resolve(connection, self._store.searcher, [condition], base))[condition]

    async def _patch_here(
        self, connection: Any, type_: str, id_: str, patch: Patch, expected: int | None, cause: Cause
    ) -> Answer:
        locked = await repository.lock(connection, [(type_, id_)])
        current = locked[0].version if locked else None
        content = patchable(type_, id_, current)
        if current is not None and expected not in (None, ANY_VERSION, current.version):
            raise _stale(type_, id_, current.version, expected)
        text = await asyncio.to_thread(patch.apply, content)
        return await self._write_here(connection, prepare(text, type_, id_, "PUT", True), cause)

    async def _write_here(self, connection: Any, draft: Draft, cause: Cause) -> Answer:
        (written,) = await self._store.writer.write(connection, [draft], cause)
        return answer_of(written, draft)

    async def _write(self, draft: Draft, cause: Cause) -> Answer:
        return answer_of(await retrying(lambda: self._combiner.write(draft, cause)), draft)


def _told(answer: Answer) -> Answer:
    """A deletion is answered with an outcome, since some clients take only 200 (http.html#delete allows both)."""
    return replace(answer, status=HTTPStatus.OK, content=information("deleted", "已删除"), place=None)


def _stale(type_: str, id_: str, actual: int, wanted: int | None) -> XinglinError:
    return XinglinError(
        Category.PRECONDITION,
        f"{type_}/{id_} is at version {actual}, not {wanted}; read it again",
        f"{type_}/{id_} 当前版本为 {actual}，而非 {wanted}，请重新读取",
    )
