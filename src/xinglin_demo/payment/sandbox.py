"""The sandbox as an ASGI program: signed requests of one merchant, a page for its payers, signed call-backs."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from .book import Book, SandboxOrder, SandboxRefund
from .page import gone, pay_page

_WINDOW = timedelta(minutes=5)
_PAUSES_SECONDS = (0.0, 1.0, 4.0, 15.0, 60.0)
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'",
    "cache-control": "no-store",
}

Deliver = Callable[[str, str], Awaitable[int]]


class Calls:
    """Signs what the sandbox says and brings call-backs, again while they are not taken."""

    def __init__(self, merchant: str, key: bytes, now: Callable[[], datetime], deliver: Deliver) -> None:
        self.merchant = merchant
        self._key = OctKey.import_key(key)
        self.now = now
        self._deliver = deliver
        self.tasks: set[asyncio.Task[None]] = set()

    def signed(self, body: dict[str, Any]) -> str:
        """A message to the merchant."""
        claims = {
            "to": "merchant",
            "merchant": self.merchant,
            "at": self.now().isoformat(),
            "nonce": secrets.token_hex(16),
            "body": body,
        }
        return str(jws.serialize_compact({"alg": "HS256"}, orjson.dumps(claims), self._key))

    def opened(self, text: str) -> dict[str, Any] | None:
        """What the merchant says; None for what it did not sign, or not now."""
        try:
            claims = orjson.loads(jws.deserialize_compact(text, self._key, algorithms=["HS256"]).payload)
            fits = claims["to"] == "provider" and claims["merchant"] == self.merchant
            recent = abs(datetime.fromisoformat(claims["at"]) - self.now()) <= _WINDOW
            return claims["body"] if fits and recent else None
        except (JoseError, ValueError, KeyError, TypeError):
            return None

    def tell(self, one: SandboxOrder) -> None:
        """Call the merchant back, in the background."""
        task = asyncio.create_task(self._telling(one))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _telling(self, one: SandboxOrder) -> None:
        for pause_seconds in _PAUSES_SECONDS:
            await asyncio.sleep(pause_seconds)
            try:
                if await self._deliver(one.notify_url, self.signed(told(one, ""))) < 300:
                    return
            except httpx.HTTPError:
                continue


def told(one: SandboxOrder, base: str) -> dict[str, Any]:
    """How an order stands, as the merchant is told."""
    return {
        "order": one.order,
        "state": one.state,
        "amount_fen": one.amount_fen,
        "currency": one.currency,
        "provider_order": one.number,
        "pay_url": f"{base}/pay/{one.order}" if base else "",
        "paid_at": None if one.paid_at is None else one.paid_at.isoformat(),
    }


def sandbox(book: Book, calls: Calls, public_url: str = "") -> Starlette:
    """The program. The merchant speaks by POST under ``/orders``, ``/refunds`` and ``/statement``. ``public_url`` is
    where payers reach it, the address that the merchant uses where none is named."""
    merchant = _Merchant(book, calls, public_url)
    payer = _Payer(book, calls)
    return Starlette(
        routes=[
            Route("/orders", merchant.create, methods=["POST"]),
            Route("/orders/query", merchant.query, methods=["POST"]),
            Route("/orders/close", merchant.close, methods=["POST"]),
            Route("/refunds", merchant.refund, methods=["POST"]),
            Route("/statement", merchant.statement, methods=["POST"]),
            Route("/pay/{order}", payer.page, methods=["GET"]),
            Route("/pay/{order}", payer.decide, methods=["POST"]),
        ]
    )


class _Merchant:
    def __init__(self, book: Book, calls: Calls, public_url: str) -> None:
        self._book = book
        self._calls = calls
        self._public_url = public_url

    async def create(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return _unsigned()
        known = self._book.orders.get(body["order"])
        if known is None:
            known = SandboxOrder(
                order=body["order"],
                amount_fen=int(body["amount_fen"]),
                currency=body["currency"],
                title=body["title"],
                notify_url=body["notify_url"],
                return_url=body["return_url"],
                expires_at=datetime.fromisoformat(body["expires_at"]),
            )
            self._book.orders[known.order] = known
            self._book.keep()
        elif known.state == "open" and known.amount_fen != body["amount_fen"]:
            return PlainTextResponse("this order number is taken by another amount", 422)
        return self._answer(told(known, self._base(request)))

    async def query(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return _unsigned()
        one = self._book.orders.get(body["order"])
        unknown = {"order": body["order"], "state": "unknown"}
        return self._answer(unknown if one is None else told(one, self._base(request)))

    async def close(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return _unsigned()
        one = self._book.orders.get(body["order"])
        if one is None:  # so that one which is late in coming is not opened
            now = self._calls.now()
            one = SandboxOrder(body["order"], 0, "CNY", "", "", "", now, state="closed")
            self._book.orders[one.order] = one
        if one.state == "open":
            one.state = "closed"
        self._book.keep()
        return self._answer(told(one, self._base(request)))

    async def refund(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return _unsigned()
        one = self._book.orders.get(body["order"])
        if one is None or one.paid_at is None:
            return PlainTextResponse("there is no such payment", 422)
        if all(back.refund != body["refund"] for back in one.refunds):
            left = one.amount_fen - sum(back.amount_fen for back in one.refunds)
            if not 0 < body["amount_fen"] <= left:
                return PlainTextResponse("more than is left of the payment", 422)
            one.refunds.append(SandboxRefund(body["refund"], body["amount_fen"], self._calls.now()))
            self._book.keep()
        return self._answer({"refund": body["refund"], "state": "done"})

    async def statement(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return _unsigned()
        return self._answer({"lines": self._book.statement(date.fromisoformat(body["day"]))})

    def _base(self, request: Request) -> str:
        return self._public_url or str(request.base_url).rstrip("/")

    async def _body(self, request: Request) -> dict[str, Any] | None:
        return self._calls.opened((await request.body()).decode("ascii", errors="replace"))

    def _answer(self, body: dict[str, Any]) -> Response:
        return PlainTextResponse(self._calls.signed(body), media_type="application/jose")


class _Payer:
    def __init__(self, book: Book, calls: Calls) -> None:
        self._book = book
        self._calls = calls

    async def page(self, request: Request) -> Response:
        one = self._book.orders.get(request.path_params["order"])
        if one is None or not one.amount_fen:
            return HTMLResponse(gone(), 404, _HEADERS)
        return HTMLResponse(pay_page(one), headers=_HEADERS)

    async def decide(self, request: Request) -> Response:
        """The payer's yes; a second yes is the same payment."""
        one = self._book.orders.get(request.path_params["order"])
        if one is None or not one.amount_fen:
            return HTMLResponse(gone(), 404, _HEADERS)
        decision = parse_qs((await request.body()).decode()).get("decision", [""])[0]
        if decision == "pay" and one.state == "open" and self._calls.now() < one.expires_at:
            one.state, one.paid_at = "paid", self._calls.now().astimezone(UTC)
            self._book.keep()
            self._calls.tell(one)
        return RedirectResponse(one.return_url, 303, _HEADERS)


def delivering(ca_file: str | None = None) -> Deliver:
    """Posts call-backs; ``ca_file``: PEM, for nodes with their own CA."""
    trusted = ssl.create_default_context(cafile=ca_file)

    async def post(url: str, text: str) -> int:
        async with httpx.AsyncClient(timeout=10, trust_env=False, verify=trusted) as merchant:
            return (await merchant.post(url, content=text, headers={"content-type": "application/jose"})).status_code

    return post


def _unsigned() -> Response:
    return PlainTextResponse("not signed by the merchant", 401)
