"""What only reads: a resource, one of its versions, histories and searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from xinglin.foundation.errors import Category, XinglinError

from .. import search
from ..fhir import as_text, elements, instant, is_id, known_type, parse_exactly
from . import repository
from .answer import Answer, BundleText, information
from .model import Version
from .searching import Found, SearchPage
from .service import Store, gone, not_found

_HISTORY_COUNT = 50
_HISTORY_MAX_COUNT = 500
Parameters = Sequence[tuple[str, str]]


class Reading:
    """The interactions that change nothing; each on the caller's connection. ``base`` is the FHIR URL."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, connection: Any, url: str, base: str, strict: bool) -> Answer:
        """The answer to a GET of ``url``, relative to ``base``, as Bundles hold them."""
        path, _, query = url.removeprefix(base).lstrip("/").partition("?")
        steps = path.split("/")
        parameters = parse_qsl(query, keep_blank_values=True)
        match steps[1:]:
            case []:
                return await self.search(connection, steps[0], parameters, base, strict)
            case ["_history"]:
                return await self.history(connection, steps[0], None, parameters, base)
            case [id_]:
                return await self.read(connection, steps[0], id_)
            case [id_, "_history"]:
                return await self.history(connection, steps[0], id_, parameters, base)
            case [id_, "_history", version]:
                return await self.vread(connection, steps[0], id_, version)
        raise XinglinError(Category.NOT_FOUND, f"nothing is at {url[:200]}", f"{url[:200]} 不存在")

    async def read(self, connection: Any, type_: str, id_: str) -> Answer:
        """The current version. Raises NOT_FOUND or GONE."""
        known(type_, id_)
        return _of_version(await self._store.read_version(connection, type_, id_))

    async def vread(self, connection: Any, type_: str, id_: str, version: str) -> Answer:
        """One version. Raises NOT_FOUND, or GONE where that version is a deletion."""
        known(type_, id_)
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        found = await repository.version(connection, type_, id_, number)
        if found is None:
            raise not_found(type_, f"{id_}/_history/{version[:64]}")
        if found.content is None:
            raise gone(type_, f"{id_}/_history/{number}")
        return _of_version(found)

    async def history(
        self, connection: Any, type_: str | None, id_: str | None, parameters: Parameters, base: str
    ) -> Answer:
        """A page of versions, newest first (http.html#history). Raises NOT_FOUND for an unknown resource."""
        known(type_, id_)
        asked = dict(parameters)
        limit = _limit(asked.get("_count"))
        since = _since(asked["_since"]) if "_since" in asked else None
        before = _before(asked[search.CURSOR]) if search.CURSOR in asked else None
        versions = await repository.history(connection, type_, id_, since, before, limit + 1)
        if not versions and id_ is not None and since is None and before is None:
            raise not_found(str(type_), id_)
        page, more = versions[:limit], len(versions) > limit
        place = "/".join([base, *filter(None, (type_, id_)), "_history"])
        kept = [(name, value) for name, value in parameters if name in ("_count", "_since")]
        links = [("self", _url(place, kept))]
        if more:
            last = page[-1]
            cursor = search.cursor_of([last.updated.isoformat(), last.type, last.id, last.version])
            links.append(("next", _url(place, [*kept, (search.CURSOR, cursor)])))
        total = len(page) if before is None and not more else None
        bundle = BundleText("history", [_history_entry(one, base) for one in page], total, links)
        return Answer(HTTPStatus.OK, bundle.text())

    async def search(self, connection: Any, type_: str, parameters: Parameters, base: str, strict: bool) -> Answer:
        """A page of a search. With ``strict``, raises INVALID for parameters that are not known; otherwise
        they are left out and told (search.html#errors)."""
        known(type_)
        request = search.read(type_, parameters)
        if request.ignored and strict:
            raise search.unfit(
                request.ignored[0], "this search parameter is not known", "未知的检索参数", "not-supported"
            )
        page = await self._store.searcher.run(connection, request, base)
        return Answer(HTTPStatus.OK, _searchset(page, f"{base}/{type_}", base).text())


def _searchset(page: SearchPage, place: str, base: str) -> BundleText:
    request = page.request
    links = [("self", _url(place, request.understood))]
    if page.next:
        links.append(("next", _url(place, [*request.understood, (search.CURSOR, page.next)])))
    shorten = request.summary in ("true", "data", "text") or bool(request.elements)
    entries = [_match(one, base, "match", request if shorten else None) for one in page.matches]
    entries += [_match(one, base, "include", None) for one in page.included]
    if request.ignored:
        names = ", ".join(dict.fromkeys(request.ignored))[:500]
        outcome = information(
            f"not known or empty, and therefore left out: {names}",
            f"以下参数未知或为空，已忽略：{names}",
            "not-supported",
            "warning",
        )
        entries.append(b'{"resource":%b,"search":{"mode":"outcome"}}' % outcome)
    return BundleText("searchset", entries, page.total, links)


def _match(found: Found, base: str, mode: str, shorten: search.SearchRequest | None) -> bytes:
    content = found.content if shorten is None else _shortened(found, shorten)
    url = orjson.dumps(f"{base}/{found.type}/{found.id}")
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"%b"}}' % (url, content, mode.encode())


def _shortened(found: Found, request: search.SearchRequest) -> bytes:
    """The asked elements, or the summary's, with what is mandatory, marked SUBSETTED (search.html#summary)."""
    table = elements()[found.type]
    must = {name for name, element in table.items() if element.min} | {"resourceType", "id", "meta"}
    if request.elements:
        kept = must | set(request.elements)
    elif request.summary == "data":
        kept = set(table) - {"text"} | {"resourceType"}
    elif request.summary == "text":
        kept = must | {"text"}
    else:
        kept = must | {name for name, element in table.items() if element.summary}
    resource = parse_exactly(found.content)
    short = {name: value for name, value in resource.items() if _belongs(name.lstrip("_"), kept)}
    subsetted = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    short["meta"] = {**resource["meta"], "tag": [*resource["meta"].get("tag", ()), subsetted]}
    return as_text(short)


def _belongs(name: str, kept: set[str]) -> bool:
    return name in kept or any(choice.endswith("[x]") and name.startswith(choice[:-3]) for choice in kept)


def _of_version(version: Version) -> Answer:
    return Answer(HTTPStatus.OK, version.content, f"{version.type}/{version.id}", version.version, version.updated)


def _history_entry(version: Version, base: str) -> bytes:
    place = f"{version.type}/{version.id}"
    status = "204 No Content" if version.content is None else "201 Created" if version.version == 1 else "200 OK"
    about = {
        "request": {"method": version.method, "url": version.type if version.method == "POST" else place},
        "response": {
            "status": status,
            "etag": f'W/"{version.version}"',
            "lastModified": instant(version.updated),
        },
    }
    resource = b'"resource":%b,' % version.content if version.content is not None else b""
    return b'{"fullUrl":%b,%b%b' % (orjson.dumps(f"{base}/{place}"), resource, orjson.dumps(about)[1:])


def known(type_: str | None, id_: str | None = None) -> None:
    """Raise NOT_FOUND for a type that R4 does not have, or an id that nothing can have."""
    if type_ is not None and not known_type(type_):
        raise XinglinError(
            Category.NOT_FOUND,
            f"'{type_[:64]}' is not an R4 resource type",
            f"“{type_[:64]}”不是 R4 资源类型",
            issue_code="not-supported",
        )
    if id_ is not None and not is_id(id_):
        raise not_found(str(type_), id_[:64])


def _url(place: str, parameters: Parameters) -> str:
    return f"{place}?{urlencode(parameters)}" if parameters else place


def _limit(text: str | None) -> int:
    if text is None:
        return _HISTORY_COUNT
    if not text.isascii() or not text.isdigit() or int(text[:9]) == 0:
        raise search.unfit("_count", "a number above 0 is expected", "应为正整数", "value")
    return min(int(text[:9]), _HISTORY_MAX_COUNT)


def _since(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise search.unfit("_since", "an instant is expected", "应为时间点", "value") from error


def _before(cursor: str) -> tuple[datetime, str, str, int]:
    request = search.read("Patient", [(search.CURSOR, cursor)])
    match request.after:
        case [str(moment), str(type_), str(id_), int(version)] if version < 2**31:
            return _since(moment), type_, id_, version
    raise search.unfit(search.CURSOR, "this page link is not one of ours", "分页链接无效", "value")
