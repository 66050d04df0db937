"""Buildings, repairs, closures and imports as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

_SHOWN = "import, file_name, stage, share, building, english, chinese, asked_at"


async def ask(
    connection: Any, id_: str, file_name: str, content: bytes, unit: str | None, system: str | None, by: str,
    at: datetime,
) -> None:  # fmt: skip
    """Keep a file until it is imported."""
    await connection.execute(
        "INSERT INTO building_import (import, file_name, content, unit, location_system, asked_by, asked_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id_, file_name, content, unit, system, by, at,
    )  # fmt: skip


async def waiting_count(connection: Any) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM building_import WHERE content IS NOT NULL"))


async def take(connection: Any) -> Any:
    """The oldest import that waits, or was left by a worker that died; None where there is none."""
    return await connection.fetchrow(
        """
        UPDATE building_import SET stage = 'reading', attempts = attempts + 1 WHERE (tenant, import) = (
            SELECT tenant, import FROM building_import WHERE content IS NOT NULL
            ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING import, file_name, content, unit, location_system, attempts, asked_by
        """
    )


async def tell(connection: Any, id_: str, stage: str, share: float) -> None:
    await connection.execute("UPDATE building_import SET stage = $2, share = $3 WHERE import = $1", id_, stage, share)


async def end(connection: Any, id_: str, stage: str, building: str | None, english: str, chinese: str) -> None:
    """Say how an import ended; its file goes."""
    await connection.execute(
        "UPDATE building_import SET stage = $2, share = 1, building = $3, english = $4, chinese = $5, content = NULL "
        "WHERE import = $1",
        id_, stage, building, english, chinese,
    )  # fmt: skip


async def imported(connection: Any, id_: str) -> Any:
    return await connection.fetchrow(f"SELECT {_SHOWN} FROM building_import WHERE import = $1", id_)  # noqa: S608


async def put_building(
    connection: Any, id_: str, tag: str, name: str, name_en: str, at: datetime, document: bytes
) -> None:
    await connection.execute(
        """
        INSERT INTO building (building, tag, name, name_en, imported_at, document) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant, building) DO UPDATE SET tag = excluded.tag, name = excluded.name,
            name_en = excluded.name_en, imported_at = excluded.imported_at, document = excluded.document
        """,
        id_, tag, name, name_en, at, document,
    )  # fmt: skip


async def buildings(connection: Any) -> list[Any]:
    found: list[Any] = await connection.fetch(
        "SELECT building, name, name_en, imported_at FROM building ORDER BY imported_at, building"
    )
    return found


async def state(connection: Any, id_: str) -> tuple[str, list[Any], list[Any]] | None:
    """The tag of a building, its repairs in order, and what is shut; None where there is no such building."""
    tag = await connection.fetchval("SELECT tag FROM building WHERE building = $1", id_)
    if tag is None:
        return None
    repairs = await connection.fetch(
        "SELECT repair, one, other, door, made_by, made_at FROM building_repair WHERE building = $1 "
        "ORDER BY made_at, repair",
        id_,
    )
    closures = await connection.fetch(
        "SELECT place, reason, made_by, made_at FROM building_closure WHERE building = $1 ORDER BY place", id_
    )
    return str(tag), repairs, closures


async def document(connection: Any, id_: str) -> bytes | None:
    found: bytes | None = await connection.fetchval("SELECT document FROM building WHERE building = $1", id_)
    return found


async def put_repair(
    connection: Any, building: str, repair: str, one: str, other: str, door: str | None, by: str, at: datetime
) -> None:
    await connection.execute(
        "INSERT INTO building_repair (building, repair, one, other, door, made_by, made_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        building, repair, one, other, door, by, at,
    )  # fmt: skip


async def drop_repair(connection: Any, building: str, repair: str) -> bool:
    found = await connection.execute(
        "DELETE FROM building_repair WHERE building = $1 AND repair = $2", building, repair
    )
    return bool(found != "DELETE 0")


async def shut(connection: Any, building: str, place: str, reason: str, by: str, at: datetime) -> None:
    await connection.execute(
        "INSERT INTO building_closure (building, place, reason, made_by, made_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (tenant, building, place) DO UPDATE SET reason = excluded.reason, made_by = excluded.made_by, "
        "made_at = excluded.made_at",
        building, place, reason, by, at,
    )  # fmt: skip


async def open_again(connection: Any, building: str, place: str) -> bool:
    found = await connection.execute("DELETE FROM building_closure WHERE building = $1 AND place = $2", building, place)
    return bool(found != "DELETE 0")
