"""Anchors: how far the chain was at a time, signed by the node and carried out of its database."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import structlog

from xinglin.foundation import bus
from xinglin.foundation.clock import Clock
from xinglin.foundation.ids import Ids

from .. import repository
from ..model import Anchor, AuditSettings
from .key import KeyRing, append_line
from .linker import Linker, Transactions

ANCHORED = "audit.anchored"
ANCHORS = "anchors.jsonl"
_FAREWELL_SECONDS = 0.8
_FIRST_SECONDS = 5.0  # a new node's first entries, and those that came while it rested, are vouched for soon

log = structlog.get_logger("audit")


def read_anchors(file: Path) -> list[Anchor]:
    """The anchors in an exported ``file``. Raises ``msgspec.MsgspecError`` for lines that are none, OSError."""
    return msgspec.json.Decoder(Anchor).decode_lines(file.read_bytes())


class Anchorage:
    """Anchors the chain every few minutes and when the node stops, into the database, a file and an event; forgets what
    is older than it must be kept, always up to an anchor."""

    def __init__(
        self,
        database: Transactions,
        linker: Linker,
        clock: Clock,
        ids: Ids,
        settings: AuditSettings,
        node: str,
        folder: Path,
    ) -> None:
        self._database = database
        self._linker = linker
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._node = node
        self._folder = folder
        self._keys = KeyRing(folder, settings.key_days)

    async def run(self) -> None:
        """Anchor for ever, and once more when told to end."""
        try:
            pause = _FIRST_SECONDS
            while True:
                if await self.anchor() is not None:
                    pause = self._settings.anchor_minutes * 60
                await self.forget()
                await asyncio.sleep(pause)
        except asyncio.CancelledError:
            with suppress(Exception):  # it ends either way; the next start anchors what this one did not
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await self._linker.link()
                    await self.anchor()
            raise

    async def anchor(self) -> Anchor | None:
        """Anchor the newest entry; None where it is already. Raises UNAVAILABLE without a key or a database."""
        async with self._database.connection() as connection:
            newest = await repository.unanchored_head(connection)
        made = None
        if newest is not None:
            sequence, hash_ = newest
            now = self._clock.now()
            key = self._keys.signing(now)
            made = key.signed(Anchor(self._node, sequence, hash_, now, key.id))
            async with self._database.transaction() as connection:
                await repository.add_anchor(connection, made)
                await bus.append(connection, [self._event(made)])
        await self._export()
        return made

    async def forget(self) -> int:
        """Remove entries older than they are kept, up to the newest anchor of that age; returns how many."""
        before = self._clock.now() - timedelta(days=self._settings.keep_days)
        async with self._database.connection() as connection:
            removed = await repository.forget(connection, before)
        if removed:
            log.info("audit entries forgotten", entries=removed, before=before.isoformat())
        return removed

    async def _export(self) -> None:
        """Bring the file to where the database is; anchors that a killed process left out come with the next."""
        file = self._folder / ANCHORS
        try:
            last = read_anchors(file)[-1].sequence if file.is_file() and file.stat().st_size else 0
            async with self._database.connection() as connection:
                missing = await repository.anchors(connection, after=last)
            for anchor in missing:
                append_line(file, msgspec.json.encode(anchor))
        except (OSError, msgspec.MsgspecError) as error:
            log.error("anchors could not be exported", file=str(file), reason=repr(error))

    def _event(self, anchor: Anchor) -> bus.NewEvent:
        return bus.NewEvent(
            id=self._ids.new(),
            room="audit",
            name=ANCHORED,
            key=f"audit/{self._node}",
            occurred_at=anchor.at,
            body=msgspec.to_builtins(anchor),
            purpose="operations",
        )
