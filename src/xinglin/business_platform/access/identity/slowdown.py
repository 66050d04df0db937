"""Growing waits against guessing, by account and by address."""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import Category, XinglinError

from .repository import attempt as repository

_FREE_OF_NAME, _FREE_OF_ADDRESS = 5, 50
_LONGEST = timedelta(minutes=15)
_FORGOTTEN = timedelta(hours=1)


class Slowdown:
    """Attempts are counted in PostgreSQL before they are judged, so that no number of processes or of attempts side by
    side gets around the wait. It is the same for a name that nobody has."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, name: str, address: str) -> None:
        """Raises BUSY with the seconds to wait: after 5 failures for a name and 50 from an address, 1 second, doubled
        by each further one up to 15 minutes, until an hour has passed without any."""
        now = self._clock.now()
        async with self._database.connection() as connection:
            for subject, free in ((_subject("address", address), _FREE_OF_ADDRESS), (_name(name), _FREE_OF_NAME)):
                until = await repository.begin(connection, subject, free, _LONGEST, _FORGOTTEN, now)
                if until is not None:
                    raise _busy(math.ceil((until - now).total_seconds()))

    async def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of the name; the address keeps those of others."""
        async with self._database.connection() as connection:
            await repository.forgive(connection, _name(name))
            await repository.forgive_one(connection, _subject("address", address), self._clock.now())


def _name(name: str) -> bytes:
    return _subject("name", name.strip().lower())


def _subject(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\x00{text}".encode()).digest()


def _busy(seconds: int) -> XinglinError:
    return XinglinError(
        Category.BUSY,
        f"Too many attempts; wait {seconds} s and try again, or sign in with a passkey.",
        f"尝试次数过多，请在 {seconds} 秒后重试，或使用通行密钥登录",
        retry_after_seconds=seconds,
    )
