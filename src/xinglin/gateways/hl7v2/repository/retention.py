"""Forgetting messages whose time is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any


async def forget(connection: Any, before: datetime, limit: int) -> int:
    """Delete up to ``limit`` of the messages that were received, and worked off or put right, ``before`` then;
    returns how many. What still waits, is dead, or is what a dead letter is compared with, stays."""
    done = await connection.execute(
        """
        DELETE FROM hl7_message WHERE id IN (
            SELECT m.id FROM hl7_message m
            WHERE m.received_at < $1 AND coalesce(m.processed_at, m.received_at) < $1
                AND m.state IN ('processed', 'superseded')
                AND NOT EXISTS (SELECT FROM hl7_message later WHERE later.corrects = m.id)
                AND NOT EXISTS (
                    SELECT FROM hl7_message clash WHERE clash.control_id = m.control_id AND clash.sender = m.sender
                        AND NOT clash.holds_control_id AND clash.state = 'dead'
                )
            ORDER BY m.id LIMIT $2
        )
        """,
        before,
        limit,
    )
    return int(done.rpartition(" ")[2])
