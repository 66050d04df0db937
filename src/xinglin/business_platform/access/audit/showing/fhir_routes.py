"""``/fhir/AuditEvent``: the entries as resources, to be read and searched, never written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import principal_of, read_body
from xinglin.foundation.module import Route

from .audit_event import audit_event
from .search import MOST_ROWS, Asked, TrailReader, only_auditors

READ = "audit.read"
_COUNT = 50
_FORM_BYTES = 100_000
_MEDIA_TYPE = "application/fhir+json"
_OUTCOMES = {"0": (None, 399), "4": (400, 499), "8": (500, None)}
_WHOLE = ("_format", "_pretty", "_total", "_sort")


def fhir_routes(reader: TrailReader, node: str) -> list[Route]:
    """They must stand before the store's, whose type AuditEvent they take the place of."""
    rest = _AuditEvents(reader, node)
    one, all_ = "/fhir/AuditEvent/{id}", "/fhir/AuditEvent"
    return [
        Route(all_, ("GET", "HEAD"), rest.search, READ),
        Route(f"{all_}/_search", ("POST",), rest.search_by_form, READ),
        Route(one, ("GET", "HEAD"), rest.read, READ),
        Route(all_, ("POST", "PUT", "PATCH", "DELETE"), _refuse, READ),
        Route(one, ("PUT", "PATCH", "DELETE"), _refuse, READ),
    ]


class _AuditEvents:
    def __init__(self, reader: TrailReader, node: str) -> None:
        self._reader = reader
        self._node = node

    async def read(self, request: Request) -> Response:
        only_auditors(principal_of(request))
        id_ = request.path_params["id"]
        if not id_.isascii() or not id_.isdigit() or len(id_) > 18:
            raise XinglinError(
                Category.NOT_FOUND, f"AuditEvent/{id_[:64]} is not known here", f"没有 AuditEvent/{id_[:64]}"
            )
        row = await self._reader.entry(int(id_))
        return _spoken(audit_event(row, self._node))

    async def search(self, request: Request) -> Response:
        return await self._search(request, request.query_params.multi_items())

    async def search_by_form(self, request: Request) -> Response:
        body = await read_body(request, _FORM_BYTES)
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return await self._search(request, [*request.query_params.multi_items(), *form])

    async def _search(self, request: Request, parameters: list[tuple[str, str]]) -> Response:
        only_auditors(principal_of(request))
        asked, count = asked_by(parameters)
        page = await self._reader.page(asked, count)
        base = f"{request.url.scheme}://{request.url.netloc}/fhir"
        kept = [(name, value) for name, value in parameters if name != "before"]
        links = [{"relation": "self", "url": f"{base}/AuditEvent?{urlencode(kept)}"}]
        if page.next_before is not None:
            further = urlencode([*kept, ("before", str(page.next_before))])
            links.append({"relation": "next", "url": f"{base}/AuditEvent?{further}"})
        entries = [
            {
                "fullUrl": f"{base}/AuditEvent/{row.sequence}",
                "resource": audit_event(row, self._node),
                "search": {"mode": "match"},
            }
            for row in page.rows
        ]
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": links}
        return _spoken({**bundle, "entry": entries} if entries else bundle)


async def _refuse(request: Request) -> Response:
    raise XinglinError(
        Category.UNSUPPORTED,
        "AuditEvents are made by this node alone: they can be read and searched, not written.",
        "AuditEvent 仅由本节点生成，只能读取和检索，不能写入",
    )


def asked_by(parameters: list[tuple[str, str]]) -> tuple[Asked, int]:
    """What the parameters of a FHIR search ask for, and how many entries a page. Raises INVALID."""
    found: dict[str, Any] = {}
    count = _COUNT
    for name, value in parameters:
        if name in _WHOLE:
            continue
        if name == "_count":
            count = max(1, min(_number(name, value), MOST_ROWS))
        elif name == "before":
            found["before"] = _number(name, value)
        elif name == "date":
            found |= _period(value, found)
        elif name in _READERS:
            found |= _READERS[name](value)
        else:
            raise _unfit(name, "this search parameter is not known", "未知的检索参数")
    return Asked(**found), count


def _agent(value: str) -> dict[str, Any]:
    return {"principal": value.rpartition("|")[2]}


def _patient(value: str) -> dict[str, Any]:
    return {"patient": value.removeprefix("Patient/")}


def _outcome(value: str) -> dict[str, Any]:
    if value not in _OUTCOMES:
        raise _unfit("outcome", "one of 0, 4, 8 is expected", "应为 0、4 或 8")
    low, high = _OUTCOMES[value]
    return {"low": low, "high": high}


def _type(value: str) -> dict[str, Any]:
    return {"is_fhir": value.rpartition("|")[2] == "rest"}


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "agent": _agent,
    "agent:identifier": _agent,
    "agent-name": lambda value: {"name": value},
    "patient": _patient,
    "entity": lambda value: {"resource": value},
    "action": lambda value: {"action": value},
    "outcome": _outcome,
    "type": _type,
    "subtype": lambda value: {"interactions": tuple(one.rpartition("|")[2] for one in value.split(","))},
    "emergency": lambda value: {"emergency": value == "true"},
}


def _period(value: str, so_far: dict[str, Any]) -> dict[str, Any]:
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    try:
        low = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise _unfit("date", "a date or an instant is expected", "应为日期或时间点") from error
    low = low if low.tzinfo else low.replace(tzinfo=UTC)
    high = low + (timedelta(days=1) if len(text) == 10 else timedelta(seconds=1))
    ranges = {
        "eq": {"since": low, "until": high},
        "ge": {"since": low},
        "gt": {"since": high},
        "sa": {"since": high},
        "le": {"until": high},
        "lt": {"until": low},
        "eb": {"until": low},
    }
    if prefix not in ranges:
        raise _unfit("date", f"the prefix {prefix} is not known here", f"不支持前缀 {prefix}")
    found = ranges[prefix]
    if "since" in found and so_far.get("since"):
        found["since"] = max(found["since"], so_far["since"])
    if "until" in found and so_far.get("until"):
        found["until"] = min(found["until"], so_far["until"])
    return found


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise _unfit(name, "a number is expected", "应为数字")
    return int(value)


def _unfit(name: str, english: str, chinese: str) -> XinglinError:
    return XinglinError(
        Category.INVALID, f"{name}: {english}", f"{name}：{chinese}", expression=name, issue_code="not-supported"
    )


def _spoken(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), media_type=_MEDIA_TYPE)
