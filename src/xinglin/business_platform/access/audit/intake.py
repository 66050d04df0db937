"""Groups of entries as they wait to be chained, each one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from . import repository
from .model import Entry

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Entry]).decode


async def take_in(connection: Any, entries: Sequence[Entry]) -> None:
    """Put ``entries`` on disk, in one statement that is its own transaction."""
    await repository.take_in(connection, _without_nul(_encode(entries)))


async def taken_out(connection: Any, groups: int) -> list[Entry]:
    """The oldest ``groups`` of entries, taken out of the intake in the caller's transaction."""
    return [entry for group in await repository.take_out(connection, groups) for entry in _decode(group)]


def _without_nul(text: bytes) -> bytes:
    """PostgreSQL holds no NUL character in a text, and no request shall stop the chain by one."""
    return text.replace(b"\\u0000", b"\\ufffd") if b"\\u0000" in text else text
