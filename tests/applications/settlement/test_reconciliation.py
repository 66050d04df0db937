"""Every evening the provider's book and ours say the same, or somebody is told what to do."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from till import SHANGHAI, Till

from xinglin.applications.settlement.showing import reconciliation_shown
from xinglin_demo.payment import SandboxOrder


@pytest.fixture
def till(till: Till) -> Till:
    """Each test has a day of its own."""
    till.clock.pass_(days=1)
    return till


async def test_a_day_on_which_both_books_agree_is_even_and_comparing_again_writes_nothing(till: Till) -> None:
    day = till.reconciling.today()
    order = await till.paid(await till.visit())
    await till.refunds.refund(order.id, 700, "检查未做", "refund-even", "收费员")
    cash = await till.only(visit := await till.visit())
    await till.payments.take_cash(cash.id, cash.total_fen, "cash-even-1", "收费员")
    assert (await till.balances(visit))["cash"] == 2500
    found = await till.reconciling.reconcile(day)
    assert found.is_even and [(one.kind, one.here_fen, one.there_fen) for one in found.lines] == [
        ("payment", 2500, 2500),
        ("refund", 700, 700),
    ]
    till.clock.pass_(minutes=5)
    assert await till.reconciling.reconcile(day) == found == await till.reconciling.read(day)


async def test_a_payment_that_was_never_heard_of_is_booked_by_comparing(till: Till) -> None:
    till.mail = "lost"
    visit = await till.visit()
    await till.says_yes(await till.begin(visit))
    found = await till.reconciling.reconcile(till.reconciling.today())
    assert found.is_even and (await till.only(visit)).state == "balanced"


async def test_each_kind_of_difference_is_told_with_what_to_do(till: Till) -> None:
    day, now = till.reconciling.today(), till.clock.now()
    less, never, fine = [await till.paid(await till.visit()) for _ in range(3)]
    till.book.orders[less.id].amount_fen = 2400
    removed = till.book.orders.pop(never.id)
    stranger = SandboxOrder(str(uuid.uuid4()), 900, "CNY", "", "", "", now, state="paid", paid_at=now)
    till.book.orders[stranger.order] = stranger
    shown = reconciliation_shown(day, await till.reconciling.reconcile(day))
    told = {one.number: (one.finding, one.here_fen, one.there_fen) for one in shown.differences}
    assert told == {
        less.id: ("amount-differs", 2500, 2400),
        never.id: ("missing-there", 2500, None),
        stranger.order: ("unknown-here", None, 900),
    }
    assert shown.matched == 1 and fine.id not in told
    assert all(one.do_zh and one.do_en for one in shown.differences)
    (resource,) = [await till.read("PaymentReconciliation", one) for one in await ids(till, day)]
    assert resource["outcome"] == "partial" and len(resource["detail"]) == 4
    till.book.orders[never.id] = removed
    till.book.orders[less.id].amount_fen = 2500
    del till.book.orders[stranger.order]
    assert (await till.reconciling.reconcile(day)).is_even
    assert (await till.read("PaymentReconciliation", resource["id"]))["meta"]["versionId"] == "2"


async def test_a_payment_of_the_last_second_of_a_day_is_of_that_day_in_both_books(till: Till) -> None:
    midnight = (till.clock.now().astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    till.clock.at = midnight - timedelta(seconds=1)
    day = till.reconciling.today()
    till.mail = "lost"
    order = await till.begin(await till.visit())
    await till.says_yes(order)
    till.clock.pass_(seconds=10)
    assert till.reconciling.today() == day + timedelta(days=1)
    await till.following.once()
    assert [one.number for one in (await till.reconciling.reconcile(day)).lines] == [order.id]
    assert (await till.reconciling.reconcile(day + timedelta(days=1))).lines == []


async def ids(till: Till, day: object) -> list[str]:
    async with till.database.connection() as connection:
        page = await till.store.search(connection, "PaymentReconciliation", [("_count", "50")])
    return [one["id"] for one in page.resources() if one["paymentDate"] == str(day)]
