"""Who is killed between the provider's yes and the commit has lost nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import msgspec
from till import Till

from xinglin.foundation.database import DatabaseSettings
from xinglin_demo.payment.sandbox import told

_SCRIPT = textwrap.dedent(
    """
    import asyncio, os, signal, sys
    import msgspec
    from xinglin.applications.settlement.bill import Bills
    from xinglin.applications.settlement.payment import OrderTold, Payments, Taking
    from xinglin.applications.settlement.price import Prices
    from xinglin.applications.settlement.settings import SettlementSettings
    from xinglin.data_platform.store import Store
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.database import DatabaseSettings, open_database
    from xinglin.foundation.ids import SystemIds

    class Killed(Bills):
        async def balance(self, *told):
            await super().balance(*told)
            os.kill(os.getpid(), signal.SIGKILL)

    async def main():
        database = await open_database(msgspec.json.decode(sys.argv[1], type=DatabaseSettings), role="killed")
        clock, ids = SystemClock(), SystemIds()
        store = Store(clock, ids)
        book = Killed(store, Prices(database, store), clock, ids)
        taking = Taking(store, book, clock, ids)
        payments = Payments(database, book, taking, None, clock, ids, SettlementSettings(), str)
        await payments.hear("a-nonce-heard", msgspec.json.decode(sys.argv[2], type=OrderTold))

    asyncio.run(main())
    """
)


async def test_a_node_killed_while_it_books_a_payment_finds_it_again_by_asking(
    till: Till, database_settings: DatabaseSettings
) -> None:
    till.mail = "lost"
    visit = await till.visit()
    order = await till.begin(visit)
    await till.says_yes(order)
    message = msgspec.json.encode(told(till.book.orders[order.id], ""))
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, msgspec.json.encode(database_settings).decode(), message.decode()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (await till.payments.order(order.id)).state == "open" and "online" not in await till.balances(visit)
    till.clock.pass_(seconds=6)
    await till.following.once()
    assert (await till.payments.order(order.id)).state == "paid"
    assert await till.balances(visit) == {"online": 2500, "receivable": 0, "revenue": -2500}
