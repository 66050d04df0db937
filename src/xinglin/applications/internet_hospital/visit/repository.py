"""The tables of drafts and signings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from .model import Content, Draft


async def lock(connection: Any, encounter: str) -> None:
    """Let one transaction at a time change what is written in a visit, also before there is a row of it."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('visit/' || current_setting('xinglin.tenant') || $1, 0))",
        encounter,
    )


async def draft(connection: Any, encounter: str) -> Draft | None:
    row = await connection.fetchrow(
        """
        SELECT encounter, version, content, author, author_name, patient, updated_at FROM visit_draft
        WHERE encounter = $1
        """,
        encounter,
    )
    return None if row is None else Draft(**{**row, "content": Content(**orjson.loads(row["content"]))})


async def put_draft(connection: Any, one: Draft, items: int) -> None:
    await connection.execute(
        """
        INSERT INTO visit_draft (encounter, patient, version, content, items, author, author_name, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant, encounter) DO UPDATE SET patient = EXCLUDED.patient, version = EXCLUDED.version,
            content = EXCLUDED.content, items = EXCLUDED.items, author = EXCLUDED.author,
            author_name = EXCLUDED.author_name, updated_at = EXCLUDED.updated_at
        """,
        one.encounter,
        one.patient,
        one.version,
        one.content.model_dump_json().encode(),
        items,
        one.author,
        one.author_name,
        one.updated_at,
    )


async def unsigned(connection: Any, account: str) -> list[tuple[str, str, int, datetime]]:
    """Visits (encounter, patient, items, when) in which ``account`` has written what is not signed; newest first."""
    rows = await connection.fetch(
        """
        SELECT encounter, patient, items, updated_at FROM visit_draft
        WHERE author = $1 AND items > 0 ORDER BY updated_at DESC LIMIT 100
        """,
        account,
    )
    return [tuple(row) for row in rows]


async def signing(connection: Any, encounter: str, key: str, account: str) -> bytes | None:
    """What the signing with this key answered, as JSON."""
    found = await connection.fetchval(
        "SELECT answer FROM visit_signing WHERE encounter = $1 AND key = $2 AND account = $3", encounter, key, account
    )
    return None if found is None else bytes(found)


async def put_signing(connection: Any, encounter: str, key: str, account: str, answer: bytes) -> None:
    await connection.execute(
        "INSERT INTO visit_signing (encounter, key, account, answer) VALUES ($1, $2, $3, $4)",
        encounter,
        key,
        account,
        answer,
    )
