"""The pages: the built web bundle, with every unknown path answered by the shell so that links can be shared."""

from __future__ import annotations

import secrets
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUNDLE = Path(__file__).parent / "web_bundle"
_OWN_PREFIXES = ("/api/", "/fhir/", "/assets/")
_NONCE = "NONCE-OF-THIS-ANSWER"
_WITH_CAMERA = ("/online/", "/rooms/")
_NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>Xinglin</title><h1>杏林 Xinglin</h1>"
    "<p>The pages are not built yet; run: <code>make web</code><p>网页尚未构建，请运行：<code>make web</code>"
)


class _Forever(StaticFiles):
    """Assets carry a hash in their names, so a browser may keep them for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def page_routes(authority: Path) -> list[Route | Mount]:
    """Routes for the assets, the certificate of the node's own ``authority`` that devices must trust, and the
    shell; anybody may load them, they hold no data."""

    def certificate(request: Request) -> Response:
        if not authority.is_file():
            raise HTTPException(404, "this node serves no HTTPS of its own")
        return FileResponse(authority, media_type="application/x-x509-ca-cert")

    assets = Mount("/assets", _Forever(directory=BUNDLE / "assets", check_dir=False))
    return [
        assets,
        Route("/ca.pem", certificate, methods=["GET"]),
        Route("/{path:path}", _shell, methods=["GET"]),
    ]


def content_policy(nonce: str = "") -> str:
    """The Content-Security-Policy of every answer; styles that a page makes as it runs carry its ``nonce``."""
    made = f" 'nonce-{nonce}'" if nonce else ""
    return (
        f"default-src 'self'; script-src 'self'; style-src 'self'{made}; style-src-attr 'none';"
        " img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def device_policy(path: str = "") -> str:
    """The Permissions-Policy of an answer: camera and microphone for pages of visits that may be online, and none else
    of what a device has for any page."""
    camera = "self" if path.startswith(_WITH_CAMERA) else ""
    return f"camera=({camera}), microphone=({camera}), geolocation=(), payment=(), usb=(), interest-cohort=()"


def _shell(request: Request) -> Response:
    path = request.url.path
    if path.startswith(_OWN_PREFIXES):
        raise HTTPException(404, "no such route")
    named = BUNDLE / path.lstrip("/")
    if path != "/" and named.is_file() and named.resolve().is_relative_to(BUNDLE.resolve()):
        return FileResponse(named)
    index = BUNDLE / "index.html"
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, 503, {"permissions-policy": device_policy(path)})
    nonce = secrets.token_urlsafe(16)
    text = index.read_text("utf-8").replace(_NONCE, nonce)
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": content_policy(nonce),
        "permissions-policy": device_policy(path),
    }
    return HTMLResponse(text, headers=headers)
