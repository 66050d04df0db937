"""Who may see, pay, take and give back, over the wire; and what is written down of those who may not."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from till import KEY, MERCHANT, SHANGHAI, Wire

from xinglin.applications.settlement import SettlementSettings
from xinglin.business_platform.access import Guard, ProtectionSettings
from xinglin.data_platform.store import Cause
from xinglin.foundation.bus import BusSettings, open_bus
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import Principal
from xinglin.server.assembly import Node, assemble
from xinglin.server.settings import read_settings
from xinglin.server.supervisor import DataFolder, Endpoints
from xinglin.server.web import make_application
from xinglin_demo.payment import Book, Calls, sandbox


@dataclass
class Counter:
    """One web process of a hospital whose payers use the sandbox."""

    node: Node
    client: httpx.AsyncClient
    book: Book
    calls: Calls
    people: dict[str, Principal] = field(default_factory=dict)

    async def principal_of(self, secret: str, method: str, path: str) -> Principal | None:
        return self.people.get(secret)

    def let_in(self, name: str, role: str, **further: Any) -> dict[str, str]:
        token = f"{name}-{role}".encode().hex()
        self.people[token] = Principal(token, name, "user", token, roles=frozenset({role}), **further)
        return {"authorization": f"Bearer {token}", "accept-language": "en"}

    async def visited(self) -> tuple[str, dict[str, str]]:
        """Somebody who was seen, and their headers; the event of it has been heard."""
        patient, encounter = str(uuid.uuid4()), str(uuid.uuid4())
        made = [
            {"resourceType": "Patient", "id": patient, "name": [{"text": "陈志远"}]},
            {
                "resourceType": "Encounter",
                "id": encounter,
                "status": "finished",
                "class": {"code": "AMB"},
                "subject": {"reference": f"Patient/{patient}"},
                "serviceType": {"text": "心内科门诊"},
            },
        ]
        (subscription,) = [one for room in self.node.modules if room.name == "settlement" for one in room.subscriptions]
        async with self.node.database.transaction() as connection:
            await self.node.resources.put_all(connection, made, Cause("test"))
            event = type(
                "Heard",
                (),
                {
                    "name": "encounter.started",
                    "key": f"Patient/{patient}",
                    "body": {"encounter": f"Encounter/{encounter}"},
                },
            )
            await subscription.handle(connection, [event])  # type: ignore[list-item]
        return patient, self.let_in(f"patient {patient}", "patient", patients=(patient,))

    async def pay(self, who: dict[str, str]) -> dict[str, Any]:
        """The only invoice, paid at the sandbox, whose call-back went to the node."""
        bill = (await self.client.get("/api/bills", headers=who)).json()["bills"][0]
        (invoice,) = bill["invoices"]
        asked = {"amount_fen": invoice["total_fen"]}
        order = await self.client.post(f"/api/bills/invoices/{invoice['id']}/pay", json=asked, headers=who)
        assert order.status_code == 200, order.text
        return dict(order.json())

    async def says_yes(self, order: dict[str, Any]) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox(self.book, self.calls))) as browser:
            await browser.post(order["pay_url"], data={"decision": "pay"})
        for task in list(self.calls.tasks):
            await task


@pytest.fixture(scope="module")
async def counter(
    database: Database, bus_settings: BusSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Counter]:
    folder = DataFolder(tmp_path_factory.mktemp("counter"))
    folder.create()
    folder.write_endpoints(Endpoints("", "", "", "", web_url="http://node"))
    key = folder.path / "payment.key"
    key.write_bytes(KEY)
    bus = await open_bus(bus_settings, name="web")
    settings = replace(
        read_settings(Path("absent.toml")),
        protection=ProtectionSettings(0, 0, 0),
        settlement=SettlementSettings("http://sandbox", MERCHANT, str(key)),
    )

    async def deliver(url: str, message: str) -> int:
        return (await counter.client.post(url, content=message)).status_code

    book = Book(SHANGHAI)
    calls = Calls(MERCHANT, KEY, lambda: datetime.now(UTC), deliver)
    node = assemble(settings, folder, database, bus, Wire(sandbox(book, calls)))
    counter = Counter(node, httpx.AsyncClient(), book, calls)
    guard = Guard(counter, node.policies, lambda _: None)  # type: ignore[arg-type]  # sign-in is tried elsewhere
    node = counter.node = replace(node, guard=guard)
    counter.client = httpx.AsyncClient(transport=httpx.ASGITransport(make_application(node)), base_url="http://node")
    starter = next(
        job for room in node.modules if room.name == "settlement" for job in room.jobs if "prices" in job.name
    )
    task = asyncio.create_task(starter.run())
    await asyncio.sleep(3)
    task.cancel()
    yield counter
    await counter.client.aclose()
    await bus.close()


async def test_a_patient_sees_and_pays_their_bill_and_gets_a_receipt(counter: Counter) -> None:
    patient, who = await counter.visited()
    order = await counter.pay(who)
    assert order["state"] == "open" and "<svg" in order["qr_svg"]
    await counter.says_yes(order)
    shown = (await counter.client.get(f"/api/bills/orders/{order['order']}", headers=who)).json()
    assert shown["state"] == "paid" and shown["pay_url"] == ""
    found = (await counter.client.get("/api/bills", headers=who)).json()
    (invoice,) = found["bills"][0]["invoices"]
    assert found["is_online"] and found["bills"][0]["patient_name"] == "陈志远"
    assert (invoice["state"], invoice["total_fen"], invoice["lines"][0]["name_en"]) == (
        "balanced",
        2500,
        "Outpatient consultation",
    )
    assert invoice["payments"][0]["left_fen"] == 2500
    own = await counter.client.get(f"/fhir/Invoice/{invoice['id']}", headers=who)
    assert own.status_code == 200 and own.json()["subject"]["reference"] == f"Patient/{patient}"


async def test_nobody_sees_or_pays_the_bill_of_another(counter: Counter) -> None:
    patient, who = await counter.visited()
    order = await counter.pay(who)
    _, other = await counter.visited()
    doctor = counter.let_in("王建国", "physician")
    ask = counter.client.get
    assert (await ask(f"/api/bills?patient={patient}", headers=other)).status_code == 404
    assert (await ask(f"/api/bills/orders/{order['order']}", headers=other)).status_code == 404
    again = await counter.client.post(
        f"/api/bills/invoices/{order['invoice']}/pay", json={"amount_fen": 2500}, headers=other
    )
    assert again.status_code == 404
    assert (await ask("/api/bills", headers=doctor)).status_code == 403
    assert (await ask("/api/cashier/waiting", headers=who)).status_code == 403


async def test_a_forged_call_back_is_refused_and_written_down(counter: Counter) -> None:
    _, who = await counter.visited()
    order = await counter.pay(who)
    forger = Calls(MERCHANT, b"another secret of more than 32 bytes", lambda: datetime.now(UTC), None)  # type: ignore[arg-type]
    message = forger.signed({"order": order["order"], "state": "paid", "amount_fen": 2500, "currency": "CNY"})
    refused = await counter.client.post("/api/payment-notices", content=message)
    assert refused.status_code == 401
    shown = (await counter.client.get(f"/api/bills/orders/{order['order']}", headers=who)).json()
    assert shown["state"] == "open"
    async with counter.node.database.connection() as connection:
        kept = await connection.fetchval(
            "SELECT count(*) FROM audit_intake WHERE position('payment-signature'::bytea in entries) > 0"
        ) + await connection.fetchval(
            "SELECT count(*) FROM audit_entry WHERE status = 401 AND detail->>'refused' = 'payment-signature'"
        )
    assert kept == 1


async def test_an_honest_call_back_of_the_wrong_amount_is_refused_and_shown_to_the_desk(counter: Counter) -> None:
    _, who = await counter.visited()
    order = await counter.pay(who)
    body = {"order": order["order"], "state": "paid", "amount_fen": 1, "currency": "CNY"}
    answer = await counter.client.post("/api/payment-notices", content=counter.calls.signed(body))
    assert answer.status_code == 422
    desk = counter.let_in("收费员", "registrar")
    today = datetime.now(SHANGHAI).date()
    day = (await counter.client.get(f"/api/cashier/days/{today}", headers=desk)).json()
    assert [(one["order"], one["amount_fen"]) for one in day["odd_notices"]] == [(order["order"], 1)]


async def test_the_desk_gives_money_back_only_having_proved_who_it_is(counter: Counter) -> None:
    patient, who = await counter.visited()
    order = await counter.pay(who)
    await counter.says_yes(order)
    asked = {"amount_fen": 1000, "reason": "检查未做", "key": str(uuid.uuid4())}
    path = f"/api/cashier/orders/{order['order']}/refund"
    assert (await counter.client.post(path, json=asked, headers=who)).status_code == 403
    director = counter.let_in("院长", "medical_director", authenticated_at=datetime.now(UTC))
    assert (await counter.client.post(path, json=asked, headers=director)).status_code == 403
    idle = counter.let_in("收费员 idle", "registrar")
    unproved = await counter.client.post(path, json=asked, headers=idle)
    assert unproved.status_code == 401 and "insufficient_user_authentication" in unproved.headers["www-authenticate"]
    desk = counter.let_in("收费员", "registrar", authenticated_at=datetime.now(UTC))
    done = await counter.client.post(path, json=asked, headers=desk)
    assert done.status_code == 200 and done.json()["state"] == "done", done.text
    bills = (await counter.client.get(f"/api/cashier/patients/{patient}/bills", headers=desk)).json()
    assert bills["bills"][0]["invoices"][0]["payments"][0]["left_fen"] == 1500


async def test_the_desk_takes_cash_and_the_day_adds_up(counter: Counter) -> None:
    patient, _ = await counter.visited()
    desk = counter.let_in("收费员", "registrar", authenticated_at=datetime.now(UTC))
    today = datetime.now(SHANGHAI).date()
    before = (await counter.client.get(f"/api/cashier/days/{today}", headers=desk)).json()
    waiting = {one["patient"]: one for one in (await counter.client.get("/api/cashier/waiting", headers=desk)).json()}
    one = waiting[patient]
    assert one["name"] == "陈志远" and not one["is_paying"]
    asked = {"amount_fen": one["total_fen"], "key": str(uuid.uuid4())}
    taken = await counter.client.post(f"/api/cashier/invoices/{one['invoice']}/cash", json=asked, headers=desk)
    assert taken.status_code == 200 and taken.json()["way"] == "cash", taken.text
    after = (await counter.client.get(f"/api/cashier/days/{today}", headers=desk)).json()
    assert after["cash_fen"] == before["cash_fen"] + one["total_fen"]
    director = counter.let_in("院长", "medical_director")
    assert (await counter.client.get(f"/api/cashier/days/{today}", headers=director)).json() == after
    reconciled = await counter.client.post(f"/api/cashier/reconciliations/{today}", headers=director)
    assert reconciled.status_code == 200 and reconciled.json()["differences"] == []
    again = (await counter.client.get(f"/api/cashier/reconciliations/{today}", headers=director)).json()
    assert again["compared_at"] is not None and again["matched"] == reconciled.json()["matched"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"provider_url": "ftp://x", "merchant": "m", "key_file": "k"}, "provider_url"),
        ({"provider_url": "http://x", "key_file": "k"}, "merchant"),
        ({"provider_url": "http://x", "merchant": "m"}, "key_file"),
        ({"order_minutes": 0}, "order_minutes"),
        ({"ask_seconds": 0}, "ask_seconds"),
    ],
)
def test_a_wrong_configuration_is_refused_and_named(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises((XinglinError, msgspec.ValidationError), match=said):
        msgspec.convert(wrong, SettlementSettings, strict=False)


def test_there_is_no_secret_but_one_that_somebody_made(tmp_path: Path) -> None:
    settings = SettlementSettings("http://x", "m", str(tmp_path / "payment.key"))
    with pytest.raises(XinglinError, match="key_file"):
        settings.key()
    (tmp_path / "payment.key").write_bytes(b"short")
    with pytest.raises(XinglinError, match="32 are needed"):
        settings.key()
