"""What the door refused, told to the other processes by one row."""

from __future__ import annotations

from typing import Any

from ..model import Refusals


async def tell(connection: Any, refusals: Refusals) -> None:
    """Put ``refusals`` in the place of what the door told before."""
    await connection.execute(
        """
        INSERT INTO hl7_door (refused, truncated, oversize, connections_refused, last_reason, last_reason_chinese,
            last_peer, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET refused = excluded.refused, truncated = excluded.truncated,
            oversize = excluded.oversize, connections_refused = excluded.connections_refused,
            last_reason = excluded.last_reason, last_reason_chinese = excluded.last_reason_chinese,
            last_peer = excluded.last_peer, last_at = excluded.last_at
        """,
        refusals.refused,
        refusals.truncated,
        refusals.oversize,
        refusals.connections_refused,
        refusals.last_reason,
        refusals.last_reason_chinese,
        refusals.last_peer,
        refusals.last_at,
    )


async def told(connection: Any) -> Refusals | None:
    """What the door told last, or ``None`` before it ever opened."""
    row = await connection.fetchrow(
        "SELECT refused, truncated, oversize, connections_refused, last_reason, last_reason_chinese, last_peer, last_at"
        " FROM hl7_door"
    )
    return None if row is None else Refusals(*row)
