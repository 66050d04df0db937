"""However a payment goes wrong on its way, it counts once, and nobody loses money unseen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from till import KEY, MERCHANT, Till

from xinglin.applications.settlement.payment.message import sign
from xinglin.foundation.errors import Category, XinglinError
from xinglin_demo.payment.sandbox import told


def signed(till: Till, body: dict[str, Any], key: bytes = KEY, late: float = 0, to: str = "merchant") -> str:
    at = till.clock.now() - timedelta(seconds=late)
    return sign(body, to, MERCHANT, key, at, f"nonce-{body.get('order', '')}-{late}")  # type: ignore[arg-type]


async def test_a_payment_is_asked_for_made_and_heard_of(till: Till) -> None:
    visit = await till.visit()
    order = await till.begin(visit)
    assert order.state == "open" and order.pay_url.endswith(f"/pay/{order.id}")
    assert (await till.only(visit)).state == "issued"
    assert await till.balances(visit) == {"receivable": 2500, "revenue": -2500}
    await till.says_yes(order)
    assert (await till.payments.order(order.id)).state == "paid"
    bill = await till.only(visit)
    assert bill.state == "balanced" and bill.paid_at == till.clock.now()
    assert await till.balances(visit) == {"online": 2500, "receivable": 0, "revenue": -2500}
    with pytest.raises(XinglinError, match="paid already"):
        await till.payments.pay(bill.id, bill.total_fen, "陈志远")


async def test_a_call_back_that_comes_twice_counts_once(till: Till) -> None:
    till.mail = "twice"
    visit = await till.visit()
    await till.paid(visit)
    assert await till.hear(till.sent[-1]) == "again"
    assert (await till.balances(visit))["online"] == 2500
    async with till.database.connection() as connection:
        entries = await connection.fetchval(
            "SELECT count(*) FROM ledger_entry WHERE kind = 'payment' AND invoice = $1", (await till.only(visit)).id
        )
    assert entries == 1


async def test_ten_call_backs_at_the_same_moment_count_once(till: Till) -> None:
    till.mail = "lost"
    visit = await till.visit()
    await till.says_yes(await till.begin(visit))
    outcomes = await asyncio.gather(*(till.hear(till.sent[-1]) for _ in range(10)))
    assert sorted(outcomes) == ["again"] * 9 + ["paid"]
    assert (await till.balances(visit))["online"] == 2500


async def test_a_call_back_that_is_lost_is_made_up_for_by_asking(till: Till) -> None:
    till.mail = "lost"
    visit = await till.visit()
    order = await till.begin(visit)
    await till.says_yes(order)
    assert (await till.payments.order(order.id)).state == "open"
    till.clock.pass_(seconds=6)
    await till.following.once()
    assert (await till.payments.order(order.id)).state == "paid"
    assert (await till.only(visit)).state == "balanced"


async def test_the_page_that_asks_finds_the_payment_before_the_job_does(till: Till) -> None:
    till.mail = "lost"
    order = await till.begin(await till.visit())
    await till.says_yes(order)
    assert (await till.payments.check(order.id)).state == "paid"


async def test_an_open_order_is_asked_about_later_and_later(till: Till) -> None:
    order = await till.begin(await till.visit())
    gaps = []
    for _ in range(4):
        before = (await till.payments.order(order.id)).ask_at
        assert before is not None
        till.clock.at = before
        await till.following.once()
        after = (await till.payments.order(order.id)).ask_at
        assert after is not None
        gaps.append((after - before).total_seconds())
    assert gaps == [10, 20, 40, 80]
    await till.payments.give_up(order.id)


async def test_a_call_back_before_the_answer_to_the_asking_is_not_lost(till: Till) -> None:
    visit = await till.visit()
    bill = await till.only(visit)
    till.wire.deaf = 1
    with pytest.raises(XinglinError) as away:
        await till.payments.pay(bill.id, bill.total_fen, "陈志远")
    assert away.value.category is Category.UNAVAILABLE and "Nothing was taken" in away.value.english
    (order,) = await till.orders_of(visit)
    assert order.state == "created" and order.pay_url == ""
    await till.says_yes(order)
    assert (await till.payments.order(order.id)).state == "paid"
    with pytest.raises(XinglinError, match="paid already"):
        await till.payments.pay(bill.id, bill.total_fen, "陈志远")
    assert (await till.balances(visit))["online"] == 2500


async def test_trying_again_after_the_provider_was_down_goes_on_with_the_same_order(till: Till) -> None:
    visit = await till.visit()
    bill = await till.only(visit)
    till.wire.down = True
    for _ in range(2):
        with pytest.raises(XinglinError, match="does not answer now"):
            await till.payments.pay(bill.id, bill.total_fen, "陈志远")
    till.wire.down = False
    order = await till.begin(visit)
    assert [one.id for one in await till.orders_of(visit)] == [order.id] and order.state == "open"
    assert (await till.begin(visit)).id == order.id


async def test_two_who_press_at_once_share_one_order(till: Till) -> None:
    visit = await till.visit()
    bill = await till.only(visit)
    found = await asyncio.gather(*(till.payments.pay(bill.id, bill.total_fen, "家人") for _ in range(4)))
    assert len({one.id for one in found}) == 1


@pytest.mark.parametrize("change", [{"amount_fen": 1}, {"amount_fen": 2501}, {"currency": "USD"}])
async def test_another_amount_or_currency_than_was_asked_for_books_nothing(till: Till, change: dict[str, Any]) -> None:
    visit = await till.visit()
    order = await till.begin(visit)
    body = told(till.book.orders[order.id], "") | {"state": "paid", "paid_at": till.clock.now().isoformat()} | change
    assert await till.hear(signed(till, body)) == "amount-differs"
    assert (await till.payments.order(order.id)).state == "open"
    assert "online" not in await till.balances(visit)
    await till.payments.give_up(order.id)


async def test_what_the_provider_did_not_sign_is_not_heard(till: Till) -> None:
    order = await till.begin(await till.visit())
    body = told(till.book.orders[order.id], "") | {"state": "paid"}
    forged = (
        signed(till, body, key=b"the secret of somebody else, 32 bytes"),
        signed(till, body, late=301),
        signed(till, body, late=-301),
        signed(till, body, to="provider"),
        "",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
    )
    for message in forged:
        with pytest.raises(XinglinError) as refused:
            await till.hear(message)
        assert refused.value.category is Category.UNAUTHENTICATED
    assert (await till.payments.order(order.id)).state == "open"
    assert await till.hear(signed(till, body | {"order": "nobodys", "state": "paid"})) == "unknown-order"
    await till.payments.give_up(order.id)


async def test_a_payment_that_comes_after_it_was_cancelled_goes_back_by_itself(till: Till) -> None:
    visit = await till.visit()
    order = await till.begin(visit)
    assert (await till.payments.give_up(order.id)).state == "cancelled"
    assert [one.state for one in await till.invoices(visit)] == ["withdrawn", "draft"]
    assert await till.balances(visit) == {"receivable": 0, "revenue": 0}
    paid = till.book.orders[order.id]
    paid.state, paid.paid_at = "paid", till.clock.now()  # the payer's bank was faster than the closing
    assert await till.hear(signed(till, told(paid, ""))) == "paid-late"
    await till.following.once()
    (back,) = await till.refunds_of(order.id)
    assert (back.state, back.amount_fen, back.credits) == ("done", 2500, False)
    assert [one.amount_fen for one in paid.refunds] == [2500]
    assert await till.balances(visit) == {"online": 0, "receivable": 0, "revenue": 0}
    assert (await till.only(visit)).state == "draft"


async def test_a_payment_that_takes_too_long_is_closed_and_the_bill_can_be_paid_again(till: Till) -> None:
    visit = await till.visit()
    first = await till.begin(visit)
    till.clock.pass_(minutes=31)
    await till.following.once()
    assert (await till.payments.order(first.id)).state == "cancelled"
    assert till.book.orders[first.id].state == "closed"
    await till.paid(visit)
    assert (await till.only(visit)).state == "balanced" and (await till.balances(visit))["online"] == 2500


async def test_a_payment_that_was_made_is_found_when_its_order_is_to_be_closed(till: Till) -> None:
    till.mail = "lost"
    visit = await till.visit()
    order = await till.begin(visit)
    await till.says_yes(order)
    assert (await till.payments.give_up(order.id)).state == "paid"
    assert (await till.only(visit)).state == "balanced"


async def test_what_is_ordered_while_somebody_pays_waits_for_the_next_invoice(till: Till) -> None:
    visit = await till.visit()
    order = await till.begin(visit)
    await till.order_test(visit, "crp")
    assert [(one.state, one.total_fen) for one in (await till.bill(visit)).invoices] == [
        ("issued", 2500),
        ("draft", 3000),
    ]
    await till.payments.give_up(order.id)
    assert (await till.only(visit)).total_fen == 5500


async def test_nobody_pays_another_amount_than_they_saw(till: Till) -> None:
    visit = await till.visit()
    seen = await till.only(visit)
    await till.order_test(visit, "crp")
    with pytest.raises(XinglinError) as changed:
        await till.payments.pay(seen.id, seen.total_fen, "陈志远")
    assert changed.value.category is Category.PRECONDITION


async def test_money_goes_back_in_parts_with_a_reason_and_never_more_than_came(till: Till) -> None:
    visit = await till.visit()
    order = await till.paid(visit)
    part = await till.refunds.refund(order.id, 1000, "检查未做", "refund-part", "收费员")
    again = await till.refunds.refund(order.id, 1000, "检查未做", "refund-part", "收费员")
    assert (part.state, again.id) == ("done", part.id)
    assert await till.balances(visit) == {"online": 1500, "receivable": 0, "revenue": -1500}
    with pytest.raises(XinglinError, match=r"at most 15\.00"):
        await till.refunds.refund(order.id, 1501, "多退", "refund-more", "收费员")
    with pytest.raises(XinglinError, match="say why"):
        await till.refunds.refund(order.id, 100, "  ", "refund-none", "收费员")
    await till.refunds.refund(order.id, 1500, "全部退费", "refund-rest", "收费员")
    assert [one.amount_fen for one in till.book.orders[order.id].refunds] == [1000, 1500]
    assert await till.balances(visit) == {"online": 0, "receivable": 0, "revenue": 0}


async def test_a_refund_waits_while_the_provider_is_away_and_is_made_once(till: Till) -> None:
    order = await till.paid(await till.visit())
    till.wire.deaf = 1
    asked = await till.refunds.refund(order.id, 2500, "重复缴费", "refund-wait", "收费员")
    assert asked.state == "asked"
    till.clock.pass_(minutes=10)
    await till.following.once()
    (back,) = await till.refunds_of(order.id)
    assert back.state == "done" and len(till.book.orders[order.id].refunds) == 1


async def test_a_refund_that_the_provider_refuses_is_said_and_frees_its_amount(till: Till) -> None:
    order = await till.paid(await till.visit())
    till.book.orders[order.id].amount_fen = 100  # the provider sees less than we do
    refused = await till.refunds.refund(order.id, 2500, "检查未做", "refund-refused", "收费员")
    assert refused.state == "refused" and "more than is left" in refused.said
    till.book.orders[order.id].amount_fen = 2500
    assert (await till.refunds.refund(order.id, 2500, "检查未做", "refund-second", "收费员")).state == "done"


async def test_cash_at_the_desk_counts_once_and_not_while_somebody_pays_online(till: Till) -> None:
    visit = await till.visit()
    order = await till.begin(visit)
    bill = await till.only(visit)
    with pytest.raises(XinglinError) as under_way:
        await till.payments.take_cash(bill.id, 2500, "cash-key-1", "收费员")
    assert under_way.value.category is Category.CONFLICT
    assert (await till.payments.order(order.id)).state == "cancelled"
    bill = await till.only(visit)
    taken = await till.payments.take_cash(bill.id, 2500, "cash-key-1", "收费员")
    assert (await till.payments.take_cash(bill.id, 2500, "cash-key-1", "收费员")).id == taken.id
    assert await till.balances(visit) == {"cash": 2500, "receivable": 0, "revenue": -2500}
    assert (await till.refunds.refund(taken.id, 2500, "退号", "cash-back", "收费员")).state == "done"
    assert (await till.balances(visit))["cash"] == 0
