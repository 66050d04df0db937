"""Reconciling a day: compared, healed where asking again heals it, kept as PaymentReconciliation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog

from xinglin.data_platform.store import Store
from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import derived

from ..bill import CAUSE
from ..money import fen_of, fhir_money
from ..payment import PaymentProvider, Payments, Refunds, StatementLine, repository
from .comparing import Compared, booked, compared

_FINDING = "https://xinglin.health/id/reconciliation-finding"
_NUMBER = "https://xinglin.health/id/payment-order"
_LOOK_SECONDS = 1800.0
_SETTLED_AT = time(6)

log = structlog.get_logger("settlement")


class Reconciled(msgspec.Struct, frozen=True):
    """A day as it was last compared; ``is_even`` where both books say the same."""

    day: date
    at: datetime
    lines: list[Compared]

    @property
    def is_even(self) -> bool:
        return all(one.finding == "matched" for one in self.lines)


class Reconciling:
    """The days of the institution's calendar."""

    def __init__(
        self,
        store: Store,
        payments: Payments,
        refunds: Refunds,
        provider: PaymentProvider | None,
        clock: Clock,
        zone: str,
    ) -> None:
        self._store = store
        self._payments = payments
        self._refunds = refunds
        self._provider = provider
        self._clock = clock
        self._zone = ZoneInfo(zone)

    def today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """When ``day`` begins and ends here."""
        begin = datetime.combine(day, time(), self._zone)
        return begin.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), self._zone).astimezone(UTC)

    async def reconcile(self, day: date) -> Reconciled:
        """Compare ``day`` now and keep what was found; the same books again write nothing. What the provider has and is
        noted here as open is asked about first, which books it. Raises UNAVAILABLE without the provider's answer."""
        if self._provider is None:
            raise XinglinError(Category.UNAVAILABLE, "online payment is not set up here", "本院未开通线上支付")
        statement = await self._provider.statement(day)
        found = await self._compare(day, statement)
        if healable := [one for one in found if one.finding == "missing-here"]:
            for one in healable:
                await self._heal(one)
            found = await self._compare(day, statement)
        resource = _resource(day, found, self._clock.now())
        async with self._payments.working() as connection:
            known = await self._store.fetch(connection, [("PaymentReconciliation", resource["id"])])
            for before in known.values():
                if lines_of(before) == found:
                    return _read(before)
            await self._store.put_all(connection, [resource], CAUSE)
        return _read(resource)

    async def read(self, day: date) -> Reconciled | None:
        """As it was last compared; None where it never was."""
        asked = ("PaymentReconciliation", _id(day))
        async with self._payments.working() as connection:
            found = await self._store.fetch(connection, [asked])
        return _read(found[asked]) if found else None

    async def keep_reconciled(self) -> None:
        """Compare each day once it is over and the provider has closed it, for ever."""
        while True:
            now = self._clock.now().astimezone(self._zone)
            yesterday = now.date() - timedelta(days=1)
            if self._provider is not None and now.time() >= _SETTLED_AT and await self.read(yesterday) is None:
                try:
                    done = await self.reconcile(yesterday)
                    log.info("reconciled", day=str(yesterday), even=done.is_even, lines=len(done.lines))
                except XinglinError as error:
                    log.warning("not reconciled yet", day=str(yesterday), reason=error.english)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _compare(self, day: date, statement: Sequence[StatementLine]) -> list[Compared]:
        begin, end = self.bounds(day)
        orders = [one.number for one in statement if one.kind == "payment"]
        refunds = [one.number for one in statement if one.kind == "refund"]
        async with self._payments.working() as connection:
            of_day = booked(
                await repository.orders_paid(connection, begin, end), await self._refunds_of_day(connection, begin, end)
            )
            named = booked(
                list((await repository.orders_named(connection, orders)).values()),
                list((await repository.refunds_named(connection, refunds)).values()),
            )
        return compared(statement, of_day, named)

    async def _refunds_of_day(self, connection: Any, begin: datetime, end: datetime) -> list[Any]:
        done = await repository.refunds_done(connection, begin, end)
        orders = await repository.orders_named(connection, [one.order_id for one in done])
        return [one for one in done if orders[one.order_id].way == "online"]

    async def _heal(self, one: Compared) -> None:
        try:
            if one.kind == "payment":
                await self._payments.check(one.number)
                return
            async with self._payments.working() as connection:
                refund = await repository.refund(connection, one.number)
            if refund is not None:
                await self._refunds.follow(refund)
        except XinglinError as error:
            log.warning("still missing here", number=one.number, reason=error.english)


def _id(day: date) -> str:
    return derived("payment-reconciliation", day.isoformat())


def _resource(day: date, found: Sequence[Compared], at: datetime) -> dict[str, Any]:
    """As PaymentReconciliation (hl7.org/fhir/R4/paymentreconciliation.html); the amounts are the provider's."""
    net = sum((one.there_fen or 0) * (1 if one.kind == "payment" else -1) for one in found)
    even = all(one.finding == "matched" for one in found)
    made: dict[str, Any] = {
        "resourceType": "PaymentReconciliation",
        "id": _id(day),
        "status": "active",
        "period": {"start": day.isoformat(), "end": day.isoformat()},
        "created": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "outcome": "complete" if even else "partial",
        "paymentDate": day.isoformat(),
        "paymentAmount": fhir_money(net),
    }
    if found:
        made["detail"] = [_detail(one) for one in found]
    return made


def _detail(one: Compared) -> dict[str, Any]:
    made: dict[str, Any] = {
        "identifier": {"system": _NUMBER, "value": one.number},
        "type": {"coding": [{"system": _FINDING, "code": f"{one.kind}/{one.finding}"}]},
    }
    if one.provider_number:
        made["predecessor"] = {"value": one.provider_number}
    if one.invoice:
        made["request"] = {"reference": f"Invoice/{one.invoice}"}
    if one.there_fen is not None:
        made["amount"] = fhir_money(one.there_fen)
    if one.here_fen is not None:
        made["response"] = {"display": str(fhir_money(one.here_fen)["value"])}
    return made


def lines_of(resource: dict[str, Any]) -> list[Compared]:
    """What a PaymentReconciliation of this room says."""
    return [_line(one) for one in resource.get("detail", ())]


def _line(detail: dict[str, Any]) -> Compared:
    kind, _, finding = detail["type"]["coding"][0]["code"].partition("/")
    here, there = detail.get("response"), detail.get("amount")
    return msgspec.convert(
        {
            "kind": kind,
            "number": detail["identifier"]["value"],
            "finding": finding,
            "here_fen": None if here is None else fen_of(here["display"]),
            "there_fen": None if there is None else fen_of(str(there["value"])),
            "provider_number": (detail.get("predecessor") or {}).get("value", ""),
            "invoice": ((detail.get("request") or {}).get("reference", "")).removeprefix("Invoice/"),
        },
        Compared,
    )


def _read(resource: dict[str, Any]) -> Reconciled:
    at = datetime.fromisoformat(resource["created"])
    return Reconciled(date.fromisoformat(resource["paymentDate"]), at, lines_of(resource))
