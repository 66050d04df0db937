"""The notes of what was loaded: the only SQL of the loader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from .model import Portion, Refusal, Tally


async def begin(connection: Any, portion: Portion) -> bool:
    """Note ``portion`` in the caller's transaction; False where a committed one has it. Waits for another
    transaction that is about to."""
    return bool(
        await connection.fetchval(
            """
            INSERT INTO loaded_portion (digest, low_byte, high_byte) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            portion.digest,
            portion.low_byte,
            portion.high_byte,
        )
    )


async def conclude(connection: Any, portion: Portion, tally: Tally, refusals: Sequence[Refusal]) -> None:
    """What came of a portion that was begun in this transaction."""
    await connection.execute(
        """
        UPDATE loaded_portion SET taken = $4, created = $5, refused = $6
        WHERE digest = $1 AND low_byte = $2 AND high_byte = $3
        """,
        portion.digest,
        portion.low_byte,
        portion.high_byte,
        tally.taken,
        tally.created,
        tally.refused,
    )
    if refusals:
        await connection.executemany(
            "INSERT INTO loaded_refusal (digest, line, entry, english, chinese) VALUES ($1, $2, $3, $4, $5)",
            [(portion.digest, one.line, one.entry, one.english, one.chinese) for one in refusals],
        )


async def finished(connection: Any, digest: bytes) -> Tally | None:
    """What came of a file that was loaded to its end; None for another."""
    row = await connection.fetchrow("SELECT taken, created, refused FROM loaded_file WHERE digest = $1", digest)
    return None if row is None else Tally(*row)


async def done(connection: Any, digest: bytes) -> dict[tuple[int, int], Tally]:
    """The portions of a file that are loaded, by their first byte and the one after their last."""
    rows = await connection.fetch(
        "SELECT low_byte, high_byte, taken, created, refused FROM loaded_portion WHERE digest = $1", digest
    )
    return {(row["low_byte"], row["high_byte"]): Tally(*tuple(row)[2:]) for row in rows}


async def finish(connection: Any, digest: bytes, name: str) -> None:
    """Note that every portion of a file is loaded; its portions are forgotten, its refusals kept."""
    await connection.execute(
        """
        WITH portions AS (DELETE FROM loaded_portion WHERE digest = $1 RETURNING taken, created, refused)
        INSERT INTO loaded_file (digest, name, taken, created, refused)
        SELECT $1, $2, coalesce(sum(taken), 0), coalesce(sum(created), 0), coalesce(sum(refused), 0) FROM portions
        ON CONFLICT DO NOTHING
        """,
        digest,
        name,
    )


async def refusals(connection: Any, digest: bytes) -> AsyncIterator[Refusal]:
    """What was refused of a file, by lines; needs a transaction, since it is not read at once."""
    async for row in connection.cursor(
        "SELECT line, english, chinese, entry FROM loaded_refusal WHERE digest = $1 ORDER BY line, entry",
        digest,
        prefetch=500,
    ):
        yield Refusal(*row)
