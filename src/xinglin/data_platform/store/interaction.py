"""Single interactions that write (hl7.org/fhir/R4/http.html): create, update, delete, with their conditions."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from xinglin.foundation.database import Database
from xinglin.foundation.ids import Ids

from ..fhir import check_id, compact
from . import conditional
from .answer import Answer, information
from .bundle import answer_of
from .combiner import Combiner
from .model import Cause, Draft
from .preparing import prepare, prepare_deletion, version_of
from .reading import Reading, known
from .retrying import retrying
from .service import Store


class Interactions:
    """Each is one transaction, shared with others where that is safe. ``base`` is the FHIR URL."""

    def __init__(self, database: Database, store: Store, reading: Reading, ids: Ids) -> None:
        self._database = database
        self._store = store
        self._reading = reading
        self._ids = ids
        self._combiner = Combiner(database, store.writer)

    async def create(self, type_: str, text: bytes, if_none_exist: str | None, base: str, cause: Cause) -> Answer:
        """POST. With If-None-Exist, answers with the one that matches instead of making another."""
        known(type_)
        draft = prepare(compact(text), type_, self._ids.new(), "POST", fresh=True)
        if if_none_exist is None:
            return await self._write(draft, cause)
        return await self._conditional((type_, if_none_exist.lstrip("?")), draft, base, cause)

    async def update(self, type_: str, id_: str, text: bytes, if_match: str | None, cause: Cause) -> Answer:
        """PUT: replaces, or makes a resource with this id."""
        known(type_)
        check_id(id_)
        expected = version_of(if_match, "If-Match")
        draft = prepare(compact(text), type_, id_, "PUT", True, expected_version=expected)
        return await self._write(draft, cause)

    async def update_matching(self, type_: str, query: str, text: bytes, base: str, cause: Cause) -> Answer:
        """PUT by a condition: replaces the one that matches, or makes one."""
        known(type_)
        draft = prepare(compact(text), type_, self._ids.new(), "PUT", fresh=True)
        return await self._conditional((type_, query), draft, base, cause)

    async def delete(self, type_: str, id_: str, if_match: str | None, cause: Cause) -> Answer:
        """DELETE; what is not there counts as deleted."""
        known(type_)
        check_id(id_)
        return _told(await self._write(prepare_deletion(type_, id_, version_of(if_match, "If-Match")), cause))

    async def delete_matching(self, type_: str, query: str, base: str, cause: Cause) -> Answer:
        """DELETE by a condition that matches at most one."""
        known(type_)
        return _told(await self._conditional((type_, query), prepare_deletion(type_, ""), base, cause))

    async def _write(self, draft: Draft, cause: Cause) -> Answer:
        return answer_of(await retrying(lambda: self._combiner.write(draft, cause)), draft)

    async def _conditional(self, condition: conditional.Condition, draft: Draft, base: str, cause: Cause) -> Answer:
        async def attempt() -> Answer:
            async with self._database.transaction() as connection:
                await conditional.hold(connection, [condition])
                ids = await conditional.resolve(connection, self._store.searcher, [condition], base)
                found = ids[condition]
                if found is None and draft.text is None:
                    return Answer(HTTPStatus.NO_CONTENT)
                if found is not None and draft.method == "POST":
                    return await self._reading.read(connection, draft.type, found)
                wanted = draft if found is None else replace(draft, id=found, fresh=False)
                (written,) = await self._store.writer.write(connection, [wanted], cause)
                return answer_of(written, wanted)

        return await retrying(attempt)


def _told(answer: Answer) -> Answer:
    """A deletion is answered with an outcome, since some clients take only 200 (http.html#delete allows both)."""
    return replace(answer, status=HTTPStatus.OK, content=information("deleted", "已删除"), place=None)
