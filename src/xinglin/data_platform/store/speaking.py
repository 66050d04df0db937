"""Between HTTP and the interactions: what a request says beside its body, and answers as responses."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from xinglin.foundation.http import principal_of, touched_of

from .answer import Answer, information
from .model import Cause
from .negotiation import MEDIA_TYPE, is_pretty, preferences_of, pretty
from .reading import Held
from .shortening import WHOLE, Part, part_of
from .touching import touch


def respond(request: Request, answer: Answer, further: dict[str, str] | None = None) -> Response:
    """``answer`` as the request prefers it (http.html#prefer), noted as what the request touched."""
    touch(touched_of(request.scope), answer.shown)
    writes = request.method in ("POST", "PUT", "PATCH") and answer.place is not None
    headers = {**answer.headers(base_of(request) if writes else "", writes), **(further or {})}
    content, status = answer.content or b"", answer.status
    if (writes or request.method == "DELETE") and "prefer" in request.headers:
        wanted = preferences_of(request).returned
        if wanted == "minimal":
            content = b""
            status = HTTPStatus.NO_CONTENT if request.method == "DELETE" else status
        elif wanted == "OperationOutcome" and writes:
            content = information("written", "已写入")
    if content and request.scope["query_string"] and is_pretty(request):
        content = pretty(content)
    return Response(content, status, headers, media_type=MEDIA_TYPE if content else None)


def unchanged(request: Request, answer: Answer) -> Response:
    """That the caller holds ``answer`` already."""
    touch(touched_of(request.scope), answer.shown)
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=answer.headers(""))


def base_of(request: Request) -> str:
    """The FHIR URL of this server, as the caller names it."""
    return f"{request.url.scheme}://{request.url.netloc}/fhir"


def cause_of(request: Request) -> Cause:
    """Who writes, and the id that the caller gave his request."""
    return Cause(agent=principal_of(request).id, correlation_id=request.headers.get("x-request-id"))


def part_asked(request: Request) -> Part:
    """How much of a resource is asked for (search.html#summary)."""
    return part_of(request.query_params.multi_items()) if request.scope["query_string"] else WHOLE


def held_by(request: Request) -> Held:
    """What the caller holds already."""
    return Held(request.headers.get("if-none-match"), request.headers.get("if-modified-since"))
