"""The tables of orders, refunds and call-backs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .model import Notice, Order, Refund

_ORDER = ", ".join(Order.__struct_fields__)
_REFUND = ", ".join(Refund.__struct_fields__)
_NOTICE = ", ".join(Notice.__struct_fields__)


async def order(connection: Any, id_: str) -> Order | None:
    row = await connection.fetchrow(f"SELECT {_ORDER} FROM settlement_order WHERE id = $1", id_)  # noqa: S608
    return None if row is None else Order(**row)


async def orders_of(connection: Any, invoices: Sequence[str]) -> list[Order]:
    """The orders of these invoices, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_ORDER} FROM settlement_order WHERE invoice = ANY($1::text[]) ORDER BY made_at, id",  # noqa: S608
        list(invoices),
    )
    return [Order(**row) for row in rows]


async def add_order(connection: Any, one: Order) -> None:
    """Raises asyncpg's UniqueViolationError where the invoice has a live order already."""
    places = ", ".join(f"${place}" for place in range(1, len(Order.__struct_fields__) + 1))
    await connection.execute(
        f"INSERT INTO settlement_order ({_ORDER}) VALUES ({places})",  # noqa: S608
        *(getattr(one, name) for name in Order.__struct_fields__),
    )


async def opened(connection: Any, id_: str, pay_url: str, provider_order: str) -> None:
    """The provider knows it; one that was paid or cancelled meanwhile stays so."""
    await connection.execute(
        """
        UPDATE settlement_order SET state = CASE state WHEN 'created' THEN 'open' ELSE state END, pay_url = $2,
            provider_order = CASE provider_order WHEN '' THEN $3 ELSE provider_order END
        WHERE id = $1
        """,
        id_,
        pay_url,
        provider_order,
    )


async def closed(connection: Any, id_: str) -> None:
    await connection.execute("UPDATE settlement_order SET state = 'cancelled', ask_at = NULL WHERE id = $1", id_)


async def paid(connection: Any, id_: str, provider_order: str, at: datetime) -> None:
    await connection.execute(
        """
        UPDATE settlement_order SET state = 'paid', paid_at = $2, ask_at = NULL,
            provider_order = CASE $3 WHEN '' THEN provider_order ELSE $3 END
        WHERE id = $1
        """,
        id_,
        at,
        provider_order,
    )


async def orders_to_ask(connection: Any, now: datetime, limit: int = 50) -> list[Order]:
    """Live orders whose time to be asked about has come."""
    rows = await connection.fetch(
        f"SELECT {_ORDER} FROM settlement_order WHERE ask_at <= $1 ORDER BY ask_at LIMIT $2",  # noqa: S608
        now,
        limit,
    )
    return [Order(**row) for row in rows]


async def ask_order_again(connection: Any, id_: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE settlement_order SET asked_times = asked_times + 1, ask_at = $2 WHERE id = $1 AND ask_at IS NOT NULL",
        id_,
        at,
    )


async def orders_paid(connection: Any, begin: datetime, end: datetime) -> list[Order]:
    """What came in within [begin, end), in that order."""
    rows = await connection.fetch(
        f"""SELECT {_ORDER} FROM settlement_order WHERE state = 'paid' AND paid_at >= $1 AND paid_at < $2
        ORDER BY paid_at, id""",  # noqa: S608
        begin,
        end,
    )
    return [Order(**row) for row in rows]


async def orders_named(connection: Any, ids: Sequence[str]) -> dict[str, Order]:
    rows = await connection.fetch(
        f"SELECT {_ORDER} FROM settlement_order WHERE id = ANY($1::text[])",  # noqa: S608
        list(ids),
    )
    return {row["id"]: Order(**row) for row in rows}


async def refund(connection: Any, id_: str) -> Refund | None:
    row = await connection.fetchrow(f"SELECT {_REFUND} FROM settlement_refund WHERE id = $1", id_)  # noqa: S608
    return None if row is None else Refund(**row)


async def refunds_of(connection: Any, orders: Sequence[str]) -> list[Refund]:
    """The refunds of these orders, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_REFUND} FROM settlement_refund WHERE order_id = ANY($1::text[]) ORDER BY made_at, id",  # noqa: S608
        list(orders),
    )
    return [Refund(**row) for row in rows]


async def add_refund(connection: Any, one: Refund) -> None:
    places = ", ".join(f"${place}" for place in range(1, len(Refund.__struct_fields__) + 1))
    await connection.execute(
        f"INSERT INTO settlement_refund ({_REFUND}) VALUES ({places}) ON CONFLICT (tenant, id) DO NOTHING",  # noqa: S608
        *(getattr(one, name) for name in Refund.__struct_fields__),
    )


async def refund_ended(connection: Any, id_: str, state: str, said: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE settlement_refund SET state = $2, said = $3, done_at = $4, ask_at = NULL WHERE id = $1",
        id_,
        state,
        said,
        at,
    )


async def refunds_to_ask(connection: Any, now: datetime, limit: int = 50) -> list[Refund]:
    rows = await connection.fetch(
        f"SELECT {_REFUND} FROM settlement_refund WHERE ask_at <= $1 ORDER BY ask_at LIMIT $2",  # noqa: S608
        now,
        limit,
    )
    return [Refund(**row) for row in rows]


async def ask_refund_again(connection: Any, id_: str, at: datetime) -> None:
    await connection.execute(
        "UPDATE settlement_refund SET asked_times = asked_times + 1, ask_at = $2 WHERE id = $1 AND ask_at IS NOT NULL",
        id_,
        at,
    )


async def refunds_done(connection: Any, begin: datetime, end: datetime) -> list[Refund]:
    """What went back within [begin, end)."""
    rows = await connection.fetch(
        f"""SELECT {_REFUND} FROM settlement_refund WHERE state = 'done' AND done_at >= $1 AND done_at < $2
        ORDER BY done_at, id""",  # noqa: S608
        begin,
        end,
    )
    return [Refund(**row) for row in rows]


async def refunds_made(connection: Any, begin: datetime, end: datetime) -> list[Refund]:
    """What was asked to go back within [begin, end), whatever came of it."""
    rows = await connection.fetch(
        f"SELECT {_REFUND} FROM settlement_refund WHERE made_at >= $1 AND made_at < $2 ORDER BY made_at, id",  # noqa: S608
        begin,
        end,
    )
    return [Refund(**row) for row in rows]


async def refunds_named(connection: Any, ids: Sequence[str]) -> dict[str, Refund]:
    rows = await connection.fetch(
        f"SELECT {_REFUND} FROM settlement_refund WHERE id = ANY($1::text[])",  # noqa: S608
        list(ids),
    )
    return {row["id"]: Refund(**row) for row in rows}


async def add_notice(connection: Any, one: Notice) -> None:
    """A call-back that is heard again is noted once."""
    await connection.execute(
        """
        INSERT INTO settlement_notice (id, order_id, outcome, amount_fen, currency, heard_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, id) DO NOTHING
        """,
        *(getattr(one, name) for name in Notice.__struct_fields__),
    )


async def notices_at_odds(connection: Any, begin: datetime, end: datetime) -> list[Notice]:
    """Call-backs within [begin, end) that told of another amount than was asked, or of no order of ours."""
    rows = await connection.fetch(
        f"""SELECT {_NOTICE} FROM settlement_notice WHERE heard_at >= $1 AND heard_at < $2
        AND outcome IN ('amount-differs', 'unknown-order') ORDER BY heard_at""",  # noqa: S608
        begin,
        end,
    )
    return [Notice(**row) for row in rows]
