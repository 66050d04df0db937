"""From a request to the entry that tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from xinglin.foundation.http import OWN_TENANT, Principal, Touched

from .model import Detail, Entry

ROUTE = "xinglin.route"
"""Where in a request's scope the template of its route's path is told."""

_QUERY_BYTES = 1000
_PATH_CHARACTERS = 300
_WORD_CHARACTERS = 200
_BY_METHOD = {"GET": "R", "HEAD": "R", "OPTIONS": "R", "PUT": "U", "PATCH": "U", "DELETE": "D"}
_OF_ONE = {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_NOTHING = Touched()
_encode = msgspec.json.Encoder().encode


def entry_of(scope: Any, status: int, now: datetime, continues: bool = False) -> Entry:
    """The entry of the request in ``scope``, answered with ``status`` at ``now``. ``continues``: an earlier entry told
    of its beginning, and it touched more after that."""
    principal: Principal | None = scope.get("xinglin.principal")
    touched: Touched = scope.get("xinglin.touched") or _NOTHING
    method = scope.get("method", "WEBSOCKET")
    route = scope.get(ROUTE) or ""
    action, interaction = interaction_of(method, route)
    asked = scope.get("path_params")
    return Entry(
        tenant=principal.tenant if principal else OWN_TENANT,
        recorded=now,
        principal=principal.id if principal else None,
        name=principal.name if principal else None,
        action=action,
        interaction=interaction,
        focus=_focus(route, asked) if asked or route.startswith("/fhir/") else None,
        status=min(status, 999),
        emergency=touched.emergency,
        resources=" ".join(touched.references),
        patients=" ".join(touched.patients),
        detail=_detail(scope, principal, touched, method, route, continues),
    )


@lru_cache(maxsize=2048)
def interaction_of(method: str, route: str) -> tuple[str, str]:
    """AuditEvent.action and the interaction of a route: the code of restful-interaction for FHIR's, the method in
    small letters for others."""
    if not route.startswith("/fhir"):
        return _BY_METHOD.get(method, "E"), method.lower()
    steps = [step for step in route.split("/") if step][1:]
    if any(step.startswith("$") for step in steps):
        return "E", "operation"
    if "_history" in steps:
        after = steps.index("_history")
        return "R", "vread" if len(steps) > after + 1 else ("history-system", "history-type", "history-instance")[after]
    if method == "POST":
        if not steps:
            return "E", "transaction"
        return ("E", "search-type") if steps[-1] == "_search" else ("C", "create")
    if len(steps) == 2:
        return _BY_METHOD.get(method, "E"), _OF_ONE.get(method, method.lower())
    if method in ("GET", "HEAD"):
        return "E", "search-type" if steps else "search-system"
    return _BY_METHOD.get(method, "E"), _OF_ONE.get(method, method.lower())


def _focus(route: str, asked: Mapping[str, Any] | None) -> str | None:
    """``Type/id`` or ``Type`` as the path names it, None where it names nothing."""
    asked = asked or {}
    type_ = asked.get("focus") or asked.get("type")
    if type_ is None and route.startswith("/fhir/"):
        first = route[6:].split("/", 1)[0]
        type_ = first if first[:1].isupper() else None
    if type_ is None:
        return None
    id_ = asked.get("id")
    return _clean(f"{type_}/{id_}" if id_ else str(type_), _WORD_CHARACTERS)


def _detail(
    scope: Any, principal: Principal | None, touched: Touched, method: str, route: str, continues: bool
) -> msgspec.Raw:
    client = scope.get("client")
    query = scope.get("query_string", b"")
    correlation = None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            correlation = _clean(value.decode("latin-1"), _WORD_CHARACTERS)
            break
    who: dict[str, Any] = {}
    if principal is not None:
        who = {
            "kind": principal.kind,
            "session": principal.session_id,
            "roles": sorted(principal.roles),
            "units": list(principal.units),
            "purpose": principal.purpose,
        }
    named = len(touched.references)
    return msgspec.Raw(
        _encode(
            Detail(
                **who,
                method=method,
                route=route,
                path=_clean(scope["path"], _PATH_CHARACTERS),
                query=_clean(query[:_QUERY_BYTES].decode("latin-1"), _QUERY_BYTES) if query else None,
                address=client[0] if client else None,
                correlation=correlation,
                refused=touched.refused,
                many=touched.many if touched.many > named else 0,
                continues=continues,
            )
        )
    )


def _clean(text: str, limit: int) -> str:
    """At most ``limit`` characters of ``text``, without what PostgreSQL cannot hold."""
    text = text[:limit]
    if "\x00" not in text and text.isascii():
        return text
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
