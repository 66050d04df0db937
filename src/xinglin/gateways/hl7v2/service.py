"""The Messages page's questions and deeds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import Category, XinglinError

from . import repository
from .acknowledgement import acknowledge
from .failure import Refused
from .intake import Transactions
from .model import Arrival, Produced, Refusals, State, clash_reason
from .repository import Filter, door
from .settings import Hl7v2Settings
from .syntax import Charset, charset_named, decode, read_header

_UTF_8 = Charset("UNICODE UTF-8", "utf-8")
_RERUN_SECONDS = 3.0
_POLL_SECONDS = 0.05


class MessageDesk:
    """Search, one message, and running again, for people. Ids are decimal texts."""

    def __init__(self, database: Transactions, settings: Hl7v2Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def search(self, asked: Filter) -> tuple[list[Any], int | None]:
        """Newest first, and the id to go on before, if there is more."""
        async with self._database.connection() as connection:
            rows = await repository.search(connection, asked)
        more = len(rows) > asked.limit
        rows = rows[: asked.limit]
        return rows, (rows[-1]["id"] if more else None)

    async def detail(self, id_: int) -> dict[str, Any]:
        """One message with its text, what it produced and how it was acknowledged. Raises NOT_FOUND."""
        async with self._database.connection() as connection:
            row = await repository.detail(connection, id_)
        if row is None:
            raise _unknown(id_)
        charset = charset_named(row["charset"]) or _UTF_8
        text = row["raw"].decode(charset.codec, "replace")
        produced = [Produced(*one).as_json() for one in orjson.loads(row["produced"] or b"[]")]
        return {
            **dict(row),
            "text": text,
            "produced": produced,
            "history": orjson.loads(row["history"]),
            "ack": _acknowledged(row, text, charset),
        }

    async def summary(self) -> dict[str, int]:
        async with self._database.connection() as connection:
            return await repository.counts(connection, self._clock.now())

    async def refusals(self) -> Refusals:
        """What the door, in whatever process, refused since it opened."""
        async with self._database.connection() as connection:
            return await door.told(connection) or Refusals()

    async def run_again(self, ids: Sequence[int], by: str) -> list[tuple[int, str]]:
        """Let messages that are dead or processed wait for the consumer again. Messages that wait already,
        are superseded or unknown are left out of the answer."""
        async with self._database.transaction() as connection:
            rows = await repository.requeue(connection, ids, by, self._clock.now())
        return [(row["id"], row["state"]) for row in rows]

    async def run_corrected(self, id_: int, text: str, by: str) -> int:
        """Run ``text`` in place of dead message ``id_``, which is kept as it came; returns the new id.

        Raises INVALID where ``text`` is no message, NOT_FOUND, and CONFLICT where the message is not dead or
        the same correction was made before.
        """
        corrected = self._corrected(text)
        async with self._database.transaction() as connection:
            if await repository.detail(connection, id_) is None:
                raise _unknown(id_)
            new = await repository.supersede(connection, id_, corrected, by)
        if new is None:
            raise XinglinError(
                Category.CONFLICT,
                f"message {id_} is not a dead letter, or was corrected to the same text before",
                f"消息 {id_} 不在死信中，或此前已按相同内容更正",
            )
        return new

    async def outcome(self, id_: int) -> tuple[State, str | None, str | None]:
        """State and reasons of a message, waiting up to three seconds for the consumer."""
        deadline = self._clock.monotonic_seconds() + _RERUN_SECONDS
        while True:
            async with self._database.connection() as connection:
                row = await repository.detail(connection, id_)
            if row is None:
                raise _unknown(id_)
            if row["state"] != "received" or self._clock.monotonic_seconds() > deadline:
                return row["state"], row["reason"], row["reason_chinese"]
            await asyncio.sleep(_POLL_SECONDS)

    def _corrected(self, text: str) -> Arrival:
        lines = text.replace("\r\n", "\r").replace("\n", "\r").strip("\r") + "\r"
        try:
            header = read_header(lines, _UTF_8)
            codec = (charset_named(header.charset) if header.charset else None) or _UTF_8
            named = read_header(lines, codec).charset
            raw = lines.encode((charset_named(named) or _UTF_8).codec if named else "utf-8")
            _, charset = decode(raw, self._settings.charset_when_absent)
        except Refused as refused:
            raise _bad_text(refused.english) from refused
        except UnicodeEncodeError as error:
            raise _bad_text(f"the text has characters that its MSH-18 lacks: {error.object[error.start]!r}") from error
        return Arrival.of(header, charset, raw, self._clock.now(), "")


def _acknowledged(row: Any, text: str, charset: Charset) -> str:
    """The acknowledgement as it was sent, but for its own number."""
    if not row["acknowledged_as"]:
        return ""
    at: datetime = row["received_at"]
    clash = "" if row["holds_control_id"] else clash_reason(row["control_id"], row["holder"])[0]
    header = read_header(text, charset)
    sent = acknowledge(header, charset, row["acknowledged_as"], own_id=str(row["id"]), at=at, text=clash)
    return sent.decode(charset.codec, "replace")


def _bad_text(why: str) -> XinglinError:
    return XinglinError(
        Category.INVALID, f"the corrected text is no message: {why}", f"更正后的文本不是有效消息：{why}"
    )


def _unknown(id_: int) -> XinglinError:
    return XinglinError(Category.NOT_FOUND, f"message {id_} is not known", f"没有消息 {id_}")
