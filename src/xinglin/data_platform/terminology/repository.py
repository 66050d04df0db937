"""The tables of names and of the keys by which they are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_LAST = "\U0010ffff"


async def put(
    connection: Any, kind: str, names: Sequence[tuple[str, str, str]], keys: Sequence[tuple[str, str, int]]
) -> None:
    """Put the concepts (code, Chinese, English) and their keys (code, key, place) in place of those of these codes."""
    codes, chinese, english = ([one[place] for one in names] for place in range(3))
    await connection.execute(
        """
        INSERT INTO terminology_concept (kind, code, name_zh, name_en)
        SELECT $1, code, zh, en FROM unnest($2::text[], $3::text[], $4::text[]) AS one(code, zh, en)
        ON CONFLICT (tenant, kind, code) DO UPDATE SET name_zh = EXCLUDED.name_zh, name_en = EXCLUDED.name_en
        WHERE (terminology_concept.name_zh, terminology_concept.name_en) <> (EXCLUDED.name_zh, EXCLUDED.name_en)
        """,
        kind,
        codes,
        chinese,
        english,
    )
    of_code, key, place = ([one[index] for one in keys] for index in range(3))
    await connection.execute(
        """
        DELETE FROM terminology_key AS old WHERE kind = $1 AND code = ANY($2::text[]) AND NOT EXISTS (
            SELECT 1 FROM unnest($3::text[], $4::text[], $5::int[]) AS new(code, key, place)
            WHERE new.code = old.code AND new.key = old.key AND new.place = old.place)
        """,
        kind,
        codes,
        of_code,
        key,
        place,
    )
    await connection.execute(
        """
        INSERT INTO terminology_key (kind, place, key, code)
        SELECT $1, place, key, code FROM unnest($2::text[], $3::text[], $4::int[]) AS one(code, key, place)
        ON CONFLICT DO NOTHING
        """,
        kind,
        of_code,
        key,
        place,
    )


async def found(connection: Any, kind: str, begins: str, limit: int) -> list[tuple[str, str, str]]:
    """Concepts (code, Chinese, English) with a key that begins so: names that begin so before others, the shortest key
    first. It looks at 200 keys a place at most, however many there are."""
    rows = await connection.fetch(
        """
        SELECT code, name_zh, name_en FROM (
            SELECT code, min(place) AS place, min(length(key)) AS longer FROM (
                (SELECT code, place, key FROM terminology_key
                 WHERE kind = $1 AND place = 0 AND key >= $2 AND key < $3 ORDER BY key LIMIT 200)
                UNION ALL
                (SELECT code, place, key FROM terminology_key
                 WHERE kind = $1 AND place = 1 AND key >= $2 AND key < $3 ORDER BY key LIMIT 200)
            ) AS hit GROUP BY code ORDER BY min(place), min(length(key)), code LIMIT $4
        ) AS best JOIN terminology_concept AS concept USING (code)
        WHERE concept.kind = $1 ORDER BY place, longer, code
        """,
        kind,
        begins,
        begins + _LAST,
        limit,
    )
    return [(row["code"], row["name_zh"], row["name_en"]) for row in rows]


async def named(connection: Any, kind: str, codes: Sequence[str]) -> list[tuple[str, str, str]]:
    """The concepts of ``codes`` that there are."""
    rows = await connection.fetch(
        "SELECT code, name_zh, name_en FROM terminology_concept WHERE kind = $1 AND code = ANY($2::text[])", kind, codes
    )
    return [(row["code"], row["name_zh"], row["name_en"]) for row in rows]


async def called(connection: Any, kind: str, names: Sequence[str]) -> dict[str, str]:
    """By name as asked, Chinese or English, the code of the concept that is called exactly so."""
    rows = await connection.fetch(
        """
        SELECT name, min(code) AS code FROM terminology_concept, unnest($2::text[]) AS name
        WHERE kind = $1 AND (name_zh = name OR name_en = name) GROUP BY name
        """,
        kind,
        names,
    )
    return {row["name"]: row["code"] for row in rows}


async def count(connection: Any, kind: str) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM terminology_concept WHERE kind = $1", kind))
