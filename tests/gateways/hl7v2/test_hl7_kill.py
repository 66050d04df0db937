"""A gateway killed with kill -9 in the middle of its work loses nothing that it acknowledged."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import textwrap

from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import FS_CR, PID, VT, Wire, message, msh

_DOOR = textwrap.dedent(
    """
    import asyncio, socket, sys
    from xinglin.foundation.clock import SystemClock
    from xinglin.foundation.database import DatabaseSettings, open_database
    from xinglin.foundation.ids import SystemIds
    from xinglin.gateways import hl7v2

    async def run():
        database = await open_database(DatabaseSettings(url=sys.argv[1]), role="door")
        bound = socket.socket(fileno=int(sys.argv[2]))
        await hl7v2.listener(database, SystemClock(), SystemIds(), hl7v2.Hl7v2Settings(), bound).run()

    asyncio.run(run())
    """
)


async def _acknowledged_until_killed(port: int, name: str) -> set[str]:
    wire = await Wire.open(port)
    taken: set[str] = set()
    try:
        for place in range(10_000):
            control_id = f"{name}-{place}"
            await wire.say(VT + message(msh("ADT^A08", control_id), PID) + FS_CR)
            answer = await wire.hear(30)
            assert answer.code == "AA"
            taken.add(answer.control_id)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    return taken


async def test_what_was_acknowledged_before_a_kill_is_in_the_inbox(gateway: Gateway, gateway_url: str) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    bound.set_inheritable(True)
    door = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DOOR, gateway_url, str(bound.fileno()), pass_fds=[bound.fileno()]
    )
    port = bound.getsockname()[1]
    senders = [asyncio.create_task(_acknowledged_until_killed(port, f"c{place}")) for place in range(4)]
    while True:
        await asyncio.sleep(0.1)
        rows = await gateway.rows("SELECT count(*) AS many FROM hl7_message")
        if int(str(rows[0]["many"])) >= 100:
            break
    os.kill(door.pid, signal.SIGKILL)
    await door.wait()
    bound.close()
    taken = set().union(*await asyncio.gather(*senders))
    assert len(taken) >= 90
    rows = await gateway.rows("SELECT control_id FROM hl7_message")
    assert taken <= {str(row["control_id"]) for row in rows}
    await gateway.settle()
    assert (await gateway.one("Patient"))["meta"]["versionId"] == "1"  # type: ignore[index]
