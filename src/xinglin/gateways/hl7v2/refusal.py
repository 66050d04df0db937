"""What the door refuses: counted as it happens, told to the health page by a row of the database."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from xinglin.foundation.errors import XinglinError

from .failure import Refused
from .intake import Transactions
from .model import Refusals
from .repository import door

_LOOK_SECONDS = 1.0


class RefusalBook:
    """Counts since the process started, with the last reason and peer; written down when they have changed, at
    most once a second, so that a flood of bad frames costs no more than one."""

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self.refusals = Refusals()

    def note(self, refused: Refused, peer: str, at: datetime, *, kind: str = "") -> None:
        """One more frame was refused; ``kind`` is ``truncated`` or ``oversize`` where the frame was broken."""
        so_far = self.refusals
        self.refusals = replace(
            so_far,
            refused=so_far.refused + 1,
            truncated=so_far.truncated + (kind == "truncated"),
            oversize=so_far.oversize + (kind == "oversize"),
            last_reason=refused.english,
            last_reason_chinese=refused.chinese,
            last_peer=peer,
            last_at=at,
        )

    def note_connection(self) -> None:
        """One more connection was refused, since there were too many."""
        self.refusals = replace(self.refusals, connections_refused=self.refusals.connections_refused + 1)

    async def run(self) -> None:
        """Write down what changed, for ever; a fresh process begins with nothing refused."""
        written: Refusals | None = None
        while True:
            if self.refusals != written:
                with suppress(XinglinError):  # the database is away; the next look tries again
                    written = await self.write()
            await asyncio.sleep(_LOOK_SECONDS)

    async def write(self) -> Refusals:
        """Write down what stands now, and return it."""
        now = self.refusals
        async with self._database.transaction() as connection:
            await door.tell(connection, now)
        return now
