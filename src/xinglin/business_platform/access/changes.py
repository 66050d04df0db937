"""What tells every process at once that something changed on which decisions about access rest."""

from __future__ import annotations

from collections.abc import Callable

from xinglin.foundation.database import Connection, Database

from . import repository

CHANNEL = "access_changed"
EVERYTHING = ""

Callback = Callable[[str], None]


class Changes:
    """Notices between the processes of a node, by PostgreSQL's LISTEN and NOTIFY.

    Who remembers something subscribes, and forgets when called. What must never be remembered wrongly is read so:
    note ``epoch``, read, and remember only where ``listening`` holds and ``epoch`` is still the same. A notice is heard
    some milliseconds after the commit; where the connection falls silent, ``listening`` ends within 3 seconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._callbacks: list[Callback] = []
        self.listening = False
        self.epoch = 0

    def subscribe(self, callback: Callback) -> None:
        """Have ``callback`` called with what changed: the words given to ``announce``, or ``EVERYTHING`` where
        notices may have been missed. It must not raise, nor take long."""
        self._callbacks.append(callback)

    async def announce(self, connection: Connection, what: str) -> None:
        """Tell every process, this one included, of ``what`` (such as ``account/1`` or ``policy``) when the transaction
        of ``connection`` is committed, and never where it is not. At most 7,999 bytes."""
        await repository.notify(connection, CHANNEL, what)

    def tell(self, what: str) -> None:
        """Have this process forget now; called after a commit, it needs not wait for its own notice."""
        self.epoch += 1
        for callback in self._callbacks:
            callback(what)

    async def run(self) -> None:
        """Listen until cancelled; raises UNAVAILABLE when the connection is lost, and may be called again."""
        try:
            await self._database.listen(CHANNEL, self._begun, self.tell)
        finally:
            self.listening = False
            self.tell(EVERYTHING)

    def _begun(self) -> None:
        self.tell(EVERYTHING)
        self.listening = True
