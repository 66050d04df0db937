"""Pages of other origins may call what wants a token, never what a session's cookie opens (SMART App Launch: an app in
a browser is a page of its own origin)."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

_OPEN = ("/fhir", "/oauth/", "/.well-known/")
_PAGES_OWN = "/oauth/authorize"
_EXPOSED = b"ETag, Location, Last-Modified, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate"
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer,"
        b" X-Requested-With",
    ),
    (b"access-control-max-age", b"7200"),
    (b"content-length", b"0"),
]

HEADERS = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
"""Said of every answer that others may read. A browser keeps cookies from requests that are answered with ``*``."""


def shared(path: str) -> bool:
    """Whether pages of other origins may read what ``path`` answers."""
    return path.startswith(_OPEN) and path != _PAGES_OWN


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks, before the request itself, if it may be made."""
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )


async def allow(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer such a question with yes."""
    await send({"type": "http.response.start", "status": 204, "headers": [*HEADERS, *_PREFLIGHT]})
    await send({"type": "http.response.body"})
