"""A payment provider over HTTP; a connector for another provider is another class with these methods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

import httpx
import msgspec

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids

from .message import MEDIA_TYPE, opened, sign
from .provider import OrderAsked, OrderTold, RefundTold, StatementLine

_TIMEOUT_SECONDS = 8.0
Told = TypeVar("Told")


class _Statement(msgspec.Struct, frozen=True):
    lines: list[StatementLine]


class OnlineProvider:
    """``key`` is shared with the provider; every message both ways is signed with it."""

    def __init__(
        self,
        url: str,
        merchant: str,
        key: bytes,
        clock: Clock,
        ids: Ids,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._merchant = merchant
        self._key = key
        self._clock = clock
        self._ids = ids
        self._transport = transport

    async def create(self, asked: OrderAsked) -> OrderTold:
        return await self._ask("orders", msgspec.to_builtins(asked), OrderTold)

    async def query(self, order: str) -> OrderTold:
        return await self._ask("orders/query", {"order": order}, OrderTold)

    async def close(self, order: str) -> OrderTold:
        return await self._ask("orders/close", {"order": order}, OrderTold)

    async def refund(self, refund: str, order: str, amount_fen: int, reason: str) -> RefundTold:
        body = {"refund": refund, "order": order, "amount_fen": amount_fen, "reason": reason}
        return await self._ask("refunds", body, RefundTold)

    async def statement(self, day: date) -> list[StatementLine]:
        return (await self._ask("statement", {"day": day.isoformat()}, _Statement)).lines

    def heard(self, text: str) -> tuple[str, OrderTold]:
        """The nonce of a call-back, and what it tells. Raises UNAUTHENTICATED for what the provider did not sign,
        INVALID for what cannot be understood."""
        nonce, body = opened(text, "merchant", self._merchant, self._key, self._clock.now())
        try:
            return nonce, msgspec.convert(body, OrderTold)
        except msgspec.ValidationError as error:
            raise XinglinError(Category.INVALID, f"the call-back: {error}", f"支付回调内容有误：{error}") from error

    async def _ask(self, path: str, body: Mapping[str, Any], shape: type[Told]) -> Told:
        now = self._clock.now()
        message = sign(dict(body), "provider", self._merchant, self._key, now, self._ids.new())
        try:
            async with httpx.AsyncClient(
                timeout=_TIMEOUT_SECONDS, transport=self._transport, trust_env=False
            ) as provider:
                answer = await provider.post(
                    f"{self._url}/{path}", content=message, headers={"content-type": MEDIA_TYPE}
                )
        except httpx.HTTPError as error:
            raise _away() from error
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            said = answer.text[:200]
            raise XinglinError(Category.UNPROCESSABLE, f"the payment provider says: {said}", f"支付机构答复：{said}")
        if not answer.is_success:
            raise _away()
        try:
            _, told = opened(answer.text, "merchant", self._merchant, self._key, self._clock.now())
            return msgspec.convert(told, shape)
        except (XinglinError, msgspec.ValidationError) as error:
            raise _away() from error


def _away() -> XinglinError:
    return XinglinError(
        Category.UNAVAILABLE,
        "The payment service does not answer now. Nothing was taken; try again in a moment or pay at the desk.",
        "支付服务暂时无法连接，未向您扣款；请稍后重试，或到窗口缴费。",
        retry_after_seconds=10,
    )
