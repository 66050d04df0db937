"""Documents as a whole: transactions and batches as the REST interface carries them out, collections and answers
of searches entry by entry at their own ids, and single resources."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec

from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from ...fhir import compact, refuse_nul
from ..bundle import Bundles
from ..envelope import Entry, Envelope
from ..linking import Links, root_of
from ..model import Cause, Draft
from ..preparing import prepare
from ..reading import Reading
from ..service import Store
from ..settings import StoreSettings
from .lines import draft_of, head_of
from .model import Refusal, Tally

_ENTRY_BY_ENTRY = ("collection", "searchset")
_envelope = msgspec.json.Decoder(Envelope).decode


class _Issue(msgspec.Struct, frozen=True):
    diagnostics: str = ""
    details: dict[str, Any] = {}


class _Outcome(msgspec.Struct, frozen=True):
    issue: list[_Issue] = []


class _Response(msgspec.Struct, frozen=True):
    status: str
    outcome: _Outcome | None = None


class _Answered(msgspec.Struct, frozen=True):
    response: _Response


class _Answers(msgspec.Struct, frozen=True):
    entry: list[_Answered] = []


_answers = msgspec.json.Decoder(_Answers).decode


class _Within(Database):
    """The caller's own transaction, in which what would be transactions are savepoints."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._connection.transaction():
            yield self._connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        yield self._connection


class Documents:
    """Carries documents out. ``base`` is this node's FHIR URL."""

    def __init__(self, store: Store, ids: Ids, settings: StoreSettings, base: str) -> None:
        self._store = store
        self._ids = ids
        self._settings = settings
        self._base = base

    async def carry_out(self, connection: Any, text: bytes, cause: Cause) -> tuple[Tally, list[Refusal]]:
        """What came of the document in ``text``, all in the caller's transaction, with what was refused of it.

        Raises INVALID for what is no document that can be loaded, or for a transaction that fails.
        """
        text = await asyncio.to_thread(compact, text.removeprefix(b"\xef\xbb\xbf"))
        refuse_nul(text)
        if head_of(text).resource_type != "Bundle":
            written = await self._store.writer.write(connection, [draft_of(text)], cause)
            return Tally(1, int(written[0].status == "created")), []
        try:
            envelope = _envelope(text)
        except msgspec.DecodeError as error:
            raise _unfit(f"the Bundle is not of R4's shape: {error}", f"Bundle 结构有误：{error}") from error
        if envelope.type in ("transaction", "batch"):
            return await self._as_rest_does(connection, text, cause)
        if envelope.type in _ENTRY_BY_ENTRY:
            return await self._entry_by_entry(connection, envelope, cause)
        raise _unfit(
            f"a Bundle of type '{envelope.type[:40]}' is not loaded; transaction, batch, collection and searchset are",
            f"不导入类型为“{envelope.type[:40]}”的 Bundle，可导入 transaction、batch、collection 和 searchset",
        )

    async def _as_rest_does(self, connection: Any, text: bytes, cause: Cause) -> tuple[Tally, list[Refusal]]:
        within = _Within(connection)
        bundles = Bundles(within, self._store, Reading(self._store), self._ids, self._settings)
        answers = _answers((await bundles.carry_out(text, self._base, cause, None)).content or b"").entry
        refusals = [
            _refusal(one.response, place) for place, one in enumerate(answers) if one.response.status[:1] in ("4", "5")
        ]
        created = sum(1 for one in answers if one.response.status.startswith("201"))
        return Tally(len(answers) - len(refusals), created), refusals

    async def _entry_by_entry(self, connection: Any, envelope: Envelope, cause: Cause) -> tuple[Tally, list[Refusal]]:
        drafts, refusals = await asyncio.to_thread(self._drafts, envelope)
        written = await self._store.writer.write(connection, drafts, cause) if drafts else []
        created = sum(1 for one in written if one.status == "created")
        return Tally(len(written), created), refusals

    def _drafts(self, envelope: Envelope) -> tuple[list[Draft], list[Refusal]]:
        """Each entry that holds a resource at its own id, at the UUID of its full URL, or at a new one."""
        places: list[tuple[int, Entry, str, str, bool]] = []
        for place, entry in enumerate(envelope.entry):
            head = head_of(entry.text)
            if head.resource_type and head.resource_type != "OperationOutcome":
                id_ = head.id or _uuid_of(entry.full_url)
                places.append((place, entry, head.resource_type, id_ or self._ids.new(), not id_))
        links = Links({entry.full_url: f"{type_}/{id_}" for _, entry, type_, id_, _ in places if entry.full_url})
        drafts, refusals = [], []
        for place, entry, type_, id_, fresh in places:
            try:
                text = links.apply(entry.text, f"Bundle.entry[{place}]", root_of(entry.full_url, type_))
                draft = prepare(text, type_, id_, "POST" if fresh else "PUT", fresh=fresh)
                drafts.append(draft)
            except XinglinError as error:
                refusals.append(Refusal.of(error, 1, place))
        return drafts, refusals


def _uuid_of(full_url: str | None) -> str:
    if not full_url or not full_url.startswith("urn:uuid:"):
        return ""
    try:
        return str(UUID(full_url.removeprefix("urn:uuid:")))
    except ValueError:
        return ""


def _refusal(response: _Response, place: int) -> Refusal:
    issue = response.outcome.issue[0] if response.outcome and response.outcome.issue else _Issue()
    english = issue.diagnostics or response.status
    return Refusal(1, english, _chinese(issue) or english, place)


def _chinese(issue: _Issue) -> str:
    for extension in issue.details.get("_text", {}).get("extension", ()):
        for part in extension.get("extension", ()):
            if part.get("url") == "content":
                return str(part.get("valueString", ""))
    return ""


def _unfit(english: str, chinese: str) -> XinglinError:
    return XinglinError(Category.INVALID, english, chinese)
