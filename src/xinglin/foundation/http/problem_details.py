"""Failures of business routes as RFC 9457 problem details, in the reader's language."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from ..errors import XinglinError


def wants_chinese(request: Request) -> bool:
    """Whether the reader's ``Accept-Language`` puts Chinese before English."""
    accepted = request.headers.get("accept-language", "")
    for part in accepted.split(","):
        language = part.split(";")[0].strip().lower()
        if language.startswith("zh"):
            return True
        if language.startswith("en"):
            return False
    return False


def problem(request: Request, error: XinglinError) -> Response:
    """``error`` as ``application/problem+json`` with status, title in the reader's language and category."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "status": error.category.http_status,
        "title": error.chinese if wants_chinese(request) else error.english,
        "category": error.category.name.lower(),
    }
    if error.expression:
        body["expression"] = error.expression
    return Response(
        orjson.dumps(body), error.category.http_status, error.headers(), media_type="application/problem+json"
    )
