"""What only reads: a resource, one of its versions, and searches of a type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from xinglin.foundation.errors import Category, XinglinError

from .. import search
from ..search import SearchRequest
from .answer import Answer, BundleText, information, url_of
from .compartment import everything_in, within
from .defining import refuse_unfinished
from .everything import FOCUSES, everything
from .history import history
from .known import known, version_named
from .labels import labels, labels_in_use
from .model import Version
from .searching import MAX_INCLUDED, Found, SearchPage
from .service import Store
from .shortening import Part, part_of

Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Held:
    """What the caller holds already (http.html#cread): an entity tag, or when it was changed last."""

    tag: str | None = None
    since: str | None = None

    def is_current(self, answer: Answer) -> bool:
        """Whether ``answer`` would tell nothing new; the tag goes before the date."""
        if self.tag is not None:
            own = f'"{answer.version}"'
            tags = [tag.strip().removeprefix("W/") for tag in self.tag.split(",")]
            return own in tags or "*" in tags
        if self.since is None or answer.updated is None:
            return False
        moment = _moment(self.since)
        return moment is not None and answer.updated < moment + timedelta(seconds=1)


NOTHING_HELD = Held()


class Reading:
    """The interactions that change nothing; each on the caller's connection. ``base`` is the FHIR URL."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(
        self, connection: Any, url: str, base: str, held: Held = NOTHING_HELD, strict: bool = False
    ) -> Answer:
        """The answer to a GET of ``url``, absolute or relative to ``base``, as Bundles hold them."""
        path, _, query = url.removeprefix(base).lstrip("/").partition("?")
        steps = [unquote(step) for step in path.rstrip("/").split("/")]
        parameters = parse_qsl(query, keep_blank_values=True)
        reading = self._reading(connection, steps, parameters, base, strict)
        if reading is None:
            raise XinglinError(Category.NOT_FOUND, f"nothing is at {url[:200]}", f"{url[:200]} 不存在")
        answer = await reading()
        if answer.place is not None and held.is_current(answer):
            return replace(answer, status=HTTPStatus.NOT_MODIFIED, content=None)
        return answer

    def _reading(
        self, connection: Any, steps: list[str], parameters: Parameters, base: str, strict: bool
    ) -> Callable[[], Awaitable[Answer]] | None:
        match steps:
            case [""] if parameters:
                return lambda: self.search_everywhere(connection, parameters, base, strict)
            case ["_history"]:
                return lambda: history(connection, None, None, parameters, base)
            case [*types, "$meta"] if len(types) < 2:
                return lambda: labels_in_use(connection, types[0] if types else None)
            case [type_]:
                return lambda: self.search(connection, type_, parameters, base, strict)
            case [type_, "_history"]:
                return lambda: history(connection, type_, None, parameters, base)
            case [type_, id_]:
                return lambda: self.read(connection, type_, id_, part_of(parameters))
            case [type_, id_, "_history"]:
                return lambda: history(connection, type_, id_, parameters, base)
            case [type_, id_, "_history", version]:
                return lambda: self.vread(connection, type_, id_, version, part_of(parameters))
            case [type_, id_, "$everything"] if type_ in FOCUSES:
                return lambda: everything(connection, type_, id_, parameters, base)
            case [type_, id_, "$meta"]:
                return lambda: labels(connection, type_, id_, None)
            case [focus, id_, type_] if not type_.startswith(("$", "_")):
                return lambda: self.search_within(connection, focus, id_, type_, parameters, base, strict)
        return None

    async def read(self, connection: Any, type_: str, id_: str, part: Part) -> Answer:
        """The current version, in part if asked. Raises NOT_FOUND or GONE."""
        known(type_, id_)
        return of_version(await self._store.read_version(connection, type_, id_), part)

    async def vread(self, connection: Any, type_: str, id_: str, version: str, part: Part) -> Answer:
        """One version. Raises NOT_FOUND, or GONE where that version is a deletion."""
        return of_version(await version_named(connection, type_, id_, version), part)

    async def search(self, connection: Any, type_: str, parameters: Parameters, base: str, strict: bool) -> Answer:
        """A page of a search. With ``strict``, raises INVALID for parameters that are not known; otherwise
        they are left out and told (search.html#errors)."""
        known(type_)
        request = await self._store.request(connection, type_, parameters)
        return await self._page(connection, request, f"{base}/{type_}", base, strict)

    async def search_everywhere(self, connection: Any, parameters: Parameters, base: str, strict: bool) -> Answer:
        """As ``search``, of all types or those that ``_type`` names, by what they share (search.html#type)."""
        request = await self._store.request(connection, "", parameters)
        return await self._page(connection, request, base, base, strict)

    async def search_within(
        self, connection: Any, focus: str, id_: str, type_: str, parameters: Parameters, base: str, strict: bool
    ) -> Answer:
        """As ``search``, of what is in one compartment (http.html#vsearch); the type ``*`` is all of it. Raises
        NOT_FOUND for a ``focus`` that has none and for types that never are in it."""
        if type_ == "*":
            return await everything_in(connection, focus, id_, parameters, base)
        known(type_)
        request = await self._store.request(connection, type_, parameters)
        request.within = within(focus, id_, base, [type_])
        return await self._page(connection, request, f"{base}/{focus}/{id_}/{type_}", base, strict)

    async def _page(self, connection: Any, request: SearchRequest, place: str, base: str, strict: bool) -> Answer:
        if request.ignored and strict:
            raise search.unfit(
                request.ignored[0], "this search parameter is not known", "未知的检索参数", "not-supported"
            )
        if strict:
            refuse_unfinished(request)
        page = await self._store.searcher.run(connection, request, base)
        return Answer(HTTPStatus.OK, _searchset(page, place, base).text(), shown=[*page.matches, *page.included])


def _searchset(page: SearchPage, place: str, base: str) -> BundleText:
    request = page.request
    links = [("self", url_of(place, request.understood))]
    if page.next:
        links.append(("next", url_of(place, [*request.understood, (search.CURSOR, page.next)])))
    part = Part(request.summary, request.elements)
    entries = [_match(one, base, part) for one in page.matches]
    entries += [_match(one, base, part, included=True) for one in page.included]
    if request.ignored:
        names = ", ".join(dict.fromkeys(request.ignored))[:500]
        english, chinese = (
            f"not known or empty, and therefore left out: {names}",
            f"以下参数未知或为空，已忽略：{names}",
        )
        entries.append(_warning(english, chinese, "not-supported"))
    unfinished = ", ".join(search.unfinished(request))
    if unfinished:
        english = (
            f"older resources are still being indexed by: {unfinished}; matches may be missing, see /fhir/$reindex"
        )
        chinese = f"正在为以下参数建立索引：{unfinished}；结果可能不全，进度见 /fhir/$reindex"
        entries.append(_warning(english, chinese, "incomplete"))
    if page.cut_short:
        english = f"more than {MAX_INCLUDED} resources come along with these matches; ask for fewer by _count"
        entries.append(_warning(english, f"随附资源超过 {MAX_INCLUDED} 个，请以 _count 减少匹配数", "too-costly"))
    return BundleText("searchset", entries, page.total, links)


def _warning(english: str, chinese: str, code: str) -> bytes:
    return b'{"resource":%b,"search":{"mode":"outcome"}}' % information(english, chinese, code, "warning")


def _match(found: Found, base: str, part: Part, included: bool = False) -> bytes:
    content = found.content if part.whole else part.of(found.type, found.content, included)
    url = orjson.dumps(f"{base}/{found.type}/{found.id}")
    mode = b"include" if included else b"match"
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"%b"}}' % (url, content, mode)


def of_version(version: Version, part: Part) -> Answer:
    """The answer that shows ``version``, in part if asked."""
    content = version.content if part.whole or version.content is None else part.of(version.type, version.content)
    place = f"{version.type}/{version.id}"
    return Answer(HTTPStatus.OK, content, place, version.version, version.updated, (version,))


def _moment(text: str) -> datetime | None:
    """The moment in an HTTP date, or in an instant as Bundles write it."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
