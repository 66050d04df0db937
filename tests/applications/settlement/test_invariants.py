"""Whatever happens in whatever order, the books are right."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from till import Till

from xinglin.applications.settlement.payment import Order
from xinglin.foundation.errors import XinglinError

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.sampled_from(["cbc", "crp", "hba1c"])),
        st.tuples(st.just("begin"), st.booleans()),
        st.tuples(st.just("yes"), st.sampled_from(["comes", "lost", "twice"])),
        st.tuples(st.just("again"), st.just(0)),
        st.tuples(st.just("cancel"), st.booleans()),
        st.tuples(st.just("late"), st.just(0)),
        st.tuples(st.just("refund"), st.integers(1, 6000)),
        st.tuples(st.just("cash"), st.just(0)),
        st.tuples(st.just("follow"), st.integers(6, 2400)),
    ),
    max_size=12,
)


async def play(till: Till, visit: str, steps: Sequence[tuple[str, object]]) -> None:
    """Each step as people and networks do it; what is refused is refused."""
    for place, (what, detail) in enumerate(steps):
        orders = await till.orders_of(visit)
        try:
            if what in ("order", "begin", "cash", "follow"):
                await without_an_order(till, visit, what, detail, place)
            elif orders:
                await with_an_order(till, orders, what, detail, place)
        except XinglinError:
            continue
        finally:
            till.wire.down, till.wire.deaf = False, 0


async def without_an_order(till: Till, visit: str, what: str, detail: object, place: int) -> None:
    if what == "order":
        await till.order_test(visit, str(detail))
    elif what == "begin":
        if any(one.state != "balanced" for one in (await till.bill(visit)).invoices):
            till.wire.deaf = int(bool(detail))
            await till.begin(visit)
    elif what == "cash":
        one = (await till.bill(visit)).invoices[-1]
        await till.payments.take_cash(one.id, one.total_fen, f"cash-key-{place}", "收费员")
    else:
        till.clock.pass_(seconds=float(str(detail)))
        await till.following.once()


async def with_an_order(till: Till, orders: Sequence[Order], what: str, detail: object, place: int) -> None:
    newest, at_provider = orders[-1], till.book.orders.get(orders[-1].id)
    if what == "yes" and at_provider is not None:
        till.mail = str(detail)
        await till.says_yes(newest)
    elif what == "again" and till.sent:
        await till.hear(till.sent[-1])
    elif what == "cancel":
        till.wire.down = bool(detail)
        await till.payments.give_up(newest.id)
    elif what == "late" and at_provider is not None and at_provider.state == "closed" and at_provider.amount_fen:
        at_provider.state, at_provider.paid_at = "paid", till.clock.now()
        till.calls.tell(at_provider)
    elif what == "refund":
        of = orders[place % len(orders)]
        await till.refunds.refund(of.id, int(str(detail)), "试", f"refund-{place}", "收费员")


@given(steps=STEPS)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_after_any_course_of_things_what_is_owed_is_what_was_billed_less_what_was_paid(
    till: Till, steps: list[tuple[str, object]]
) -> None:
    till.sent.clear()
    visit = await till.visit()
    await play(till, visit, steps)
    till.mail = "comes"
    for _ in range(4):  # the dust settles: everything open is asked about until its time is over
        till.clock.pass_(minutes=40)
        await till.following.once()
    await till.bill(visit)

    invoices, orders = await till.invoices(visit), await till.orders_of(visit)
    refunds = [back for one in orders for back in await till.refunds_of(one.id)]
    came_in = sum(one.amount_fen for one in orders if one.state == "paid")
    went_back = sum(one.amount_fen for one in refunds if one.state == "done")
    credited = sum(one.amount_fen for one in refunds if one.state == "done" and one.credits)
    billed = sum(one.total_fen for one in invoices if one.state == "balanced") - credited
    balances = await till.balances(visit)
    assert sum(balances.values()) == 0
    assert balances.get("receivable", 0) == billed - came_in + went_back == 0
    assert balances.get("online", 0) + balances.get("cash", 0) == came_in - went_back
    assert all(one.state != "asked" for one in refunds) and all(one.state in ("paid", "cancelled") for one in orders)

    provider = [till.book.orders[one.id] for one in orders if one.id in till.book.orders]
    held = sum(one.amount_fen - sum(back.amount_fen for back in one.refunds) for one in provider if one.paid_at)
    assert balances.get("online", 0) == held
    for one in invoices:
        paid = [each for each in orders if each.invoice == one.id and each.state == "paid"]
        assert len(paid) == (1 if one.state == "balanced" else len(paid)) and one.state in (
            "draft",
            "balanced",
            "withdrawn",
        )
    sources = [line.source for one in invoices if one.state != "withdrawn" for line in one.lines]
    assert len(sources) == len(set(sources)) and len(sources) == 1 + sum(what == "order" for what, _ in steps)
