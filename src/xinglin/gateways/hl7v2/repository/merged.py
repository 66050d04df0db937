"""Patients that were merged away and whose resources have yet to follow them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

_MERGING_LOCK = 7_291_003


async def note(connection: Any, patients: Sequence[str], at: datetime) -> None:
    """Note ids of patients that were merged away."""
    await connection.execute(
        "INSERT INTO hl7_merged SELECT *, $2 FROM unnest($1::text[]) ON CONFLICT DO NOTHING", list(patients), at
    )


async def oldest(connection: Any) -> str | None:
    """The patient to go on with; ``None`` where there is none, or where another process works on it."""
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM hl7_merged)"):
        return None
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _MERGING_LOCK):
        return None
    patient: str | None = await connection.fetchval("SELECT patient FROM hl7_merged ORDER BY noted_at, patient LIMIT 1")
    return patient


async def finished(connection: Any, patient: str) -> None:
    """Nothing of ``patient`` has to follow any more."""
    await connection.execute("DELETE FROM hl7_merged WHERE patient = $1", patient)
