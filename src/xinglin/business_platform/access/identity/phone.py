"""Codes to a patient's phone: six digits, five minutes, five tries."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from xinglin.foundation.database import Connection

from ..secret import Seal
from .repository import credential as repository

_LASTS = timedelta(minutes=5)
_TRIES = 5

log = structlog.get_logger("access")


class CodeSender(Protocol):
    """Who brings a text to a phone; a hospital's is the gateway of its carrier."""

    async def send(self, phone: str, code: str) -> None:
        """Hand the code over, or raise UNAVAILABLE."""
        ...


class LoggedCodes:
    """Writes codes to the node's own log instead of sending them: for demonstrations, where no phone is."""

    async def send(self, phone: str, code: str) -> None:
        log.warning("phone code not sent but shown", phone=phone, code=code)


class PhoneCodes:
    """The code that each phone waits for. Kept is its hash under the node's key, since six digits alone are soon
    guessed from a plain one."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    async def new(self, connection: Connection, phone: str, now: datetime) -> str:
        code = f"{secrets.randbelow(1_000_000):06}"
        await repository.set_phone_code(connection, phone, self._hash(phone, code), now + _LASTS)
        return code

    async def spend(self, connection: Connection, phone: str, code: str, now: datetime) -> bool:
        """Whether ``code`` is the one that ``phone`` waits for; it is used up then, and after five tries."""
        kept = await repository.try_phone_code(connection, phone, _TRIES, now)
        right = hmac.compare_digest(kept or bytes(32), self._hash(phone, code))
        if right:
            await repository.remove_phone_code(connection, phone)
        return right

    def _hash(self, phone: str, code: str) -> bytes:
        return self._seal.mac(code.encode(), f"phone/{phone}")
