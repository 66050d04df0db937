"""Binary resources in the form of what they hold (hl7.org/fhir/R4/binary.html#rest)."""

from __future__ import annotations

import base64
import binascii
import re

import orjson
from starlette.requests import Request
from starlette.responses import Response

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import read_body

from ..fhir import parse
from .answer import Answer
from .negotiation import JSON_TYPES, MEDIA_TYPE, media_type_of, refuse_other_forms

BINARY = "Binary"
_FHIR_TYPES = frozenset({MEDIA_TYPE, "application/json+fhir", "application/fhir+xml", "application/xml+fhir"})
_GENERIC = {"json": frozenset({"application/json", "text/json"}), "xml": frozenset({"application/xml", "text/xml"})}
_SPEAKABLE = re.compile(r"[!-~]+(?: [!-~]+)*")
_UNKNOWN = "application/octet-stream"
_GUARDS = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""What people stored may hold scripts: no page of this origin may come about from it."""


async def content_of(request: Request, limit_bytes: int, id_: str | None = None) -> bytes:
    """The Binary in the body of a create or update, as JSON: the body itself where it is one, or a new one that holds
    the body as it came, with its type and ``X-Security-Context``. ``id_`` is that of an update.

    Raises TOO_LARGE where the resource would not fit into ``limit_bytes``, INVALID for JSON of FHIR that is none.
    """
    given = request.headers.get("content-type", "").strip() or MEDIA_TYPE
    kind = media_type_of(request)
    if kind in JSON_TYPES:
        body = await read_body(request, limit_bytes)
        is_resource = kind not in _GENERIC["json"] or _is_json(body)
        if is_resource and parse(body).get("resourceType") in (BINARY, None):
            return body
        if len(body) > limit_bytes * 3 // 4:
            raise XinglinError(Category.TOO_LARGE, "the content is larger than allowed", "内容超出设置的上限")
    else:
        body = await read_body(request, limit_bytes * 3 // 4)
    binary = {"resourceType": BINARY, "contentType": given}
    if id_ is not None:
        binary["id"] = id_
    if body:
        binary["data"] = base64.b64encode(body).decode()
    text = orjson.dumps(binary)
    reference = request.headers.get("x-security-context")
    if reference:
        text = text[:-1] + b',"securityContext":' + orjson.dumps({"reference": reference}) + b"}"
    return text


def asks_for_content(request: Request) -> bool:
    """Whether the caller of a read wants what the Binary holds, and not the resource. Raises NOT_ACCEPTABLE for a form
    of the resource that is not spoken here."""
    kinds = _accepted(request)
    if "_format" in request.query_params or kinds & _FHIR_TYPES:
        refuse_other_forms(request)
        return False
    return True


def native(request: Request, answer: Answer, headers: dict[str, str]) -> Response | None:
    """The content of the Binary in ``answer`` with its own type; None where the caller asked for JSON or XML without
    more, and the content is neither."""
    resource = orjson.loads(answer.content or b"{}")
    kind = str(resource.get("contentType", ""))
    if not _SPEAKABLE.fullmatch(kind):
        kind = _UNKNOWN
    kinds = _accepted(request)
    for form, types in _GENERIC.items():
        if kinds and kinds <= types and form not in kind:
            refuse_other_forms(request)
            return None
    try:
        content = base64.b64decode(resource.get("data", ""))
    except binascii.Error:
        return None
    reference = (resource.get("securityContext") or {}).get("reference", "")
    context = {"X-Security-Context": reference} if _SPEAKABLE.fullmatch(reference) else {}
    return Response(content, answer.status, {**headers, **_GUARDS, **context, "Content-Type": kind})


def _accepted(request: Request) -> set[str]:
    """The media types in ``Accept``, without ``*/*``."""
    named = request.headers.get("accept", "").split(",")
    return {kind for one in named if (kind := one.partition(";")[0].strip().lower()) not in ("", "*/*")}


def _is_json(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False
