"""Histories of one resource, of a type or of all (hl7.org/fhir/R4/http.html#history)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import orjson

from ... import search
from ...fhir import instant
from .. import repository as resources
from ..answer import Answer, BundleText, url_of
from ..known import absent, known
from ..model import Version
from ..shortening import Part, part_of
from . import repository
from .listing import listed_in

_COUNT = 50
_MAX_COUNT = 500
_KEPT = ("_count", "_since", "_at", "_list", "_summary", "_elements")
Parameters = Sequence[tuple[str, str]]
_Place = tuple[datetime, str, str, int]


async def history(connection: Any, type_: str | None, id_: str | None, parameters: Parameters, base: str) -> Answer:
    """A page of versions, newest first; what others write meanwhile moves no entry from one page to another.

    Raises NOT_FOUND for a resource that never was, INVALID for parameters that cannot be understood.
    """
    known(type_, id_)
    asked = dict(parameters)
    part = part_of(parameters)
    limit = _limit(asked.get("_count"))
    since = moment_of("_since", asked["_since"]) if "_since" in asked else None
    at = [_span(value) for name, value in parameters if name == "_at"]
    before = _before(asked[search.CURSOR]) if search.CURSOR in asked else None
    listed = await listed_in(connection, asked["_list"], base) if "_list" in asked else None
    if at:
        versions = await repository.history_at(connection, type_, id_, since, at, before, limit + 1, listed)
    else:
        versions = await repository.history(connection, type_, id_, since, before, limit + 1, listed)
    if not versions and id_ is not None and type_ is not None:
        await _refuse_unknown(connection, type_, id_)
    page, more = versions[:limit], len(versions) > limit
    place = "/".join([base, *filter(None, (type_, id_)), "_history"])
    kept = [(name, value) for name, value in parameters if name in _KEPT]
    links = [("self", url_of(place, kept))]
    if more:
        last = page[-1]
        cursor = search.cursor_of([last.updated.isoformat(), last.type, last.id, last.version])
        links.append(("next", url_of(place, [*kept, (search.CURSOR, cursor)])))
    total = len(page) if before is None and not more else None
    entries = [_entry(one, base, part) for one in page]
    return Answer(HTTPStatus.OK, BundleText("history", entries, total, links).text(), shown=page)


async def _refuse_unknown(connection: Any, type_: str, id_: str) -> None:
    if await resources.current(connection, type_, id_) is None:
        raise await absent(type_, id_)


def _entry(version: Version, base: str, part: Part) -> bytes:
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
    resource = b""
    if version.content is not None:
        resource = b'"resource":%b,' % part.of(version.type, version.content)
    return b'{"fullUrl":%b,%b%b' % (orjson.dumps(f"{base}/{place}"), resource, orjson.dumps(about)[1:])


def _limit(text: str | None) -> int:
    if text is None:
        return _COUNT
    if not text.isascii() or not text.isdigit() or int(text[:9]) == 0:
        raise search.unfit("_count", "a number above 0 is expected", "应为正整数", "value")
    return min(int(text[:9]), _MAX_COUNT)


def moment_of(name: str, text: str) -> datetime:
    """The instant in the parameter ``name``, in UTC where it has no zone. Raises INVALID."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise search.unfit(name, "an instant is expected", "应为时间点", "value") from error


def _span(text: str) -> tuple[datetime, datetime]:
    try:
        return search.date_span(text.replace(" ", "+"))
    except ValueError as error:
        raise search.unfit("_at", "a date, with a time or without, is expected", "应为日期或时间", "value") from error


def _before(cursor: str) -> _Place:
    request = search.read("Patient", [(search.CURSOR, cursor)])
    match request.after:
        case [str(moment), str(type_), str(id_), int(version)] if version < 2**31:
            return moment_of(search.CURSOR, moment), type_, id_, version
    raise search.unfit(search.CURSOR, "this page link is not one of ours", "分页链接无效", "value")
