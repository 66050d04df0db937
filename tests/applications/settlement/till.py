"""A till for tests: bills, payments and a sandbox provider joined without a network, and a clock that is moved."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from xinglin.applications.settlement import ledger
from xinglin.applications.settlement.bill import Bill, Bills, Invoice
from xinglin.applications.settlement.bill import repository as bills
from xinglin.applications.settlement.payment import (
    Following,
    OnlineProvider,
    Order,
    Payments,
    Refund,
    Refunds,
    Taking,
    repository,
)
from xinglin.applications.settlement.price import Prices
from xinglin.applications.settlement.reconciliation import Reconciling
from xinglin.applications.settlement.settings import SettlementSettings
from xinglin.data_platform.store import Cause, Store
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.ids import SystemIds
from xinglin_demo.payment import Book, Calls, sandbox

KEY = b"a secret of the tests, of more than 32 bytes"
MERCHANT = "hospital"
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()

    def pass_(self, **further: float) -> None:
        self.at += timedelta(**further)


class Wire(httpx.AsyncBaseTransport):
    """The way to the provider: ``down``, or cut on the way back of the next ``deaf`` answers."""

    def __init__(self, application: Any) -> None:
        self._inner = httpx.ASGITransport(application)
        self.down = False
        self.deaf = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("away")
        answer = await self._inner.handle_async_request(request)
        if self.deaf:
            self.deaf -= 1
            await answer.aread()
            raise httpx.ReadTimeout("cut")
        return answer


class Till:
    """``mail`` is what becomes of call-backs: ``comes``, ``lost``, ``twice``."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        ids = SystemIds()
        self.store = Store(self.clock, ids)
        self.mail = "comes"
        self.sent: list[str] = []
        self.book = Book(SHANGHAI)
        self.calls = Calls(MERCHANT, KEY, self.clock.now, self._deliver)
        self.wire = Wire(sandbox(self.book, self.calls))
        settings = SettlementSettings(order_minutes=30, ask_seconds=5)
        self.provider = OnlineProvider("http://sandbox", MERCHANT, KEY, self.clock, ids, self.wire)
        self.prices = Prices(database, self.store)
        self.bills = Bills(self.store, self.prices, self.clock, ids)
        taking = Taking(self.store, self.bills, self.clock, ids)
        self.payments = Payments(
            database, self.bills, taking, self.provider, self.clock, ids, settings, lambda: "http://node"
        )
        self.refunds = Refunds(self.payments, taking, self.provider, self.clock)
        self.following = Following(self.payments, self.refunds, self.clock, 5)
        self.reconciling = Reconciling(
            self.store, self.payments, self.refunds, self.provider, self.clock, "Asia/Shanghai"
        )

    async def put(self, *resources: dict[str, Any]) -> None:
        async with self.database.transaction() as connection:
            await self.store.put_all(connection, resources, Cause("test"))

    async def read(self, type_: str, id_: str) -> dict[str, Any]:
        async with self.database.connection() as connection:
            return await self.store.read(connection, type_, id_)

    async def visit(self, status: str = "in-progress") -> str:
        """Somebody whose consultation began."""
        patient, encounter = str(uuid.uuid4()), str(uuid.uuid4())
        await self.put(
            {"resourceType": "Patient", "id": patient, "name": [{"text": "陈志远"}]},
            {
                "resourceType": "Encounter",
                "id": encounter,
                "status": status,
                "class": {"code": "AMB"},
                "subject": {"reference": f"Patient/{patient}"},
                "serviceType": {"text": "心内科门诊"},
                "period": {"start": self.clock.now().isoformat()},
            },
        )
        return encounter

    async def order_test(self, encounter: str, code: str = "cbc", status: str = "active", id_: str = "") -> str:
        id_ = id_ or str(uuid.uuid4())
        coding = {"system": "https://xinglin.health/id/orderable", "code": code, "display": code.upper()}
        await self.put(
            {
                "resourceType": "ServiceRequest",
                "id": id_,
                "status": status,
                "intent": "order",
                "category": [{"coding": [{"code": "LAB"}]}],
                "code": {"coding": [coding], "text": f"检验 {code}"},
                **await self._about(encounter),
                "authoredOn": self.clock.now().isoformat(),
            }
        )
        return id_

    async def prescribe(
        self,
        encounter: str,
        code: str = "amlodipine-5mg",
        status: str = "active",
        pieces: int | None = 7,
        id_: str = "",
    ) -> str:
        id_ = id_ or str(uuid.uuid4())
        made: dict[str, Any] = {
            "resourceType": "MedicationRequest",
            "id": id_,
            "status": status,
            "intent": "order",
            "medicationCodeableConcept": {
                "coding": [{"system": "https://xinglin.health/id/drug", "code": code}],
                "text": f"药品 {code}",
            },
            **await self._about(encounter),
            "authoredOn": self.clock.now().isoformat(),
        }
        if pieces is not None:
            made["dispenseRequest"] = {"quantity": {"value": pieces, "unit": "片"}}
        await self.put(made)
        return id_

    async def bill(self, encounter: str) -> Bill:
        async with self.payments.working() as connection:
            return await self.bills.refresh(connection, encounter)

    async def only(self, encounter: str) -> Invoice:
        (one,) = (await self.bill(encounter)).invoices
        return one

    async def begin(self, encounter: str) -> Order:
        """The newest invoice that is not paid, with an order at the provider."""
        one = [each for each in (await self.bill(encounter)).invoices if each.state != "balanced"][-1]
        return await self.payments.pay(one.id, one.total_fen, "陈志远")

    async def says_yes(self, order: Order) -> None:
        """The payer presses the button of the sandbox's page; call-backs come as ``mail`` has it."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox(self.book, self.calls))) as browser:
            answer = await browser.post(f"http://sandbox/pay/{order.id}", data={"decision": "pay"})
        assert answer.status_code == 303 and answer.headers["location"].startswith("http://node/bills")
        while self.calls.tasks:
            await asyncio.gather(*self.calls.tasks)

    async def paid(self, encounter: str) -> Order:
        order = await self.begin(encounter)
        await self.says_yes(order)
        return await self.payments.order(order.id)

    async def hear(self, message: str) -> str:
        nonce, told = self.provider.heard(message)
        return await self.payments.hear(nonce, told)

    async def invoice(self, id_: str) -> Invoice:
        async with self.payments.working() as connection:
            found = await bills.invoice(connection, id_)
        assert found is not None
        return found

    async def invoices(self, encounter: str) -> list[Invoice]:
        """Also those withdrawn."""
        async with self.payments.working() as connection:
            return await bills.invoices(connection, [encounter])

    async def balances(self, encounter: str | None = None) -> dict[str, int]:
        ids = None if encounter is None else [one.id for one in await self.invoices(encounter)]
        async with self.payments.working() as connection:
            return await ledger.balances(connection, ids)

    async def refunds_of(self, order: str) -> list[Refund]:
        async with self.payments.working() as connection:
            return await repository.refunds_of(connection, [order])

    async def orders_of(self, encounter: str) -> list[Order]:
        ids = [one.id for one in await self.invoices(encounter)]
        async with self.payments.working() as connection:
            return await repository.orders_of(connection, ids)

    async def _about(self, encounter: str) -> dict[str, Any]:
        visit = await self.read("Encounter", encounter)
        return {"subject": visit["subject"], "encounter": {"reference": f"Encounter/{encounter}"}}

    async def _deliver(self, url: str, message: str) -> int:
        self.sent.append(message)
        if self.mail == "lost":
            return 200
        for _ in range(2 if self.mail == "twice" else 1):
            try:
                await self.hear(message)
            except XinglinError as error:
                return error.category.http_status
        return 200


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Till]:
    """A till with the starter prices."""
    till = Till(database)
    job = asyncio.create_task(till.prices.keep_started())
    for _ in range(200):
        async with database.connection() as connection:
            if len(await till.prices.of(connection, [("visit", "AMB"), ("drug", "isotretinoin-10mg")])) == 2:
                break
        await asyncio.sleep(0.05)
    job.cancel()
    yield till
