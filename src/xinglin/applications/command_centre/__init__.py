"""The command centre. First its Board: who is where since when, with abnormal results marked."""

from __future__ import annotations

import asyncio
from pathlib import Path

from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Subscription
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from .events import BOARD_CHANGED
from .routes import READ, router
from .service import BoardKeeper

MIGRATIONS = Migrations("command_centre", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "BoardKeeper", "module"]


def module(database: Database, store: Store, clock: Clock, ids: Ids) -> Module:
    """The room: its pages' routes, the subscription that keeps the Board, and the job that first builds it."""
    board = BoardKeeper(database, store, clock, ids)

    async def build() -> None:
        await board.build_once()
        await asyncio.Event().wait()

    return Module(
        name="command_centre",
        api=router(board),
        subscriptions=(Subscription("command_centre_board", ("event.store.resource_changed.>",), board.handle),),
        jobs=(Job("command_centre_build", build),),
        events=(BOARD_CHANGED,),
        permissions=(READ,),
        migrations=MIGRATIONS,
    )
