"""Versions of resources: their SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...search import Statement, resource
from .. import repository
from ..model import Version

VERSION = repository.VERSION
Listed = Sequence[tuple[str, str, int | None]]
"""Type, id and, where one is meant, version of what a List holds."""


async def history(
    connection: Any,
    type_: str | None,
    id_: str | None,
    since: datetime | None,
    before: tuple[datetime, str, str, int] | None,
    limit: int,
    listed: Listed | None,
) -> list[Version]:
    """Versions newest first, of one resource, one type or all, and only those ``listed`` if that is given; ``before``
    continues after that version."""
    wanted = f"""
        ($1::text IS NULL OR type = $1) AND ($2::text IS NULL OR id = $2)
        AND ($3::timestamptz IS NULL OR updated >= $3)
        AND ($4::timestamptz IS NULL OR (updated, type, id, version) < ($4, $5::text, $6::text, $7::int))
        {_among(listed, 9)}
    """
    order = "ORDER BY updated DESC, type DESC, id DESC, version DESC LIMIT $8"
    statement = Statement(
        f"""
        SELECT * FROM (
            (SELECT {VERSION} FROM {resource("v", type_)} WHERE {wanted} {order})
            UNION ALL
            (SELECT {VERSION} FROM {resource("v", type_, "resource_history")} WHERE {wanted} {order})
        ) AS both_tables {order}
        """,
        [type_, id_, since, *(before or (None, None, None, None)), limit, *_columns(listed)],
    )
    return [repository.version_of_row(row) for row in await repository.rows(connection, statement)]


async def history_at(
    connection: Any,
    type_: str | None,
    id_: str | None,
    since: datetime | None,
    at: Sequence[tuple[datetime, datetime]],
    before: tuple[datetime, str, str, int] | None,
    limit: int,
    listed: Listed | None,
) -> list[Version]:
    """As ``history``, of versions that were current at some point of one of the ranges ``at`` [low, high)."""
    newer = "n.type = v.type AND n.id = v.id AND n.version > v.version AND n.updated <= asked.low"
    statement = Statement(
        f"""
        SELECT {VERSION} FROM (
            SELECT {VERSION} FROM {resource("r", type_)} UNION ALL
            SELECT {VERSION} FROM {resource("h", type_, "resource_history")}
        ) AS v
        WHERE ($1::text IS NULL OR type = $1) AND ($2::text IS NULL OR id = $2)
            AND ($3::timestamptz IS NULL OR updated >= $3)
            AND ($4::timestamptz IS NULL OR (updated, type, id, version) < ($4, $5::text, $6::text, $7::int))
            AND EXISTS (
                SELECT FROM unnest($8::timestamptz[], $9::timestamptz[]) AS asked(low, high)
                WHERE v.updated < asked.high
                    AND NOT EXISTS (SELECT FROM resource n WHERE {newer})
                    AND NOT EXISTS (SELECT FROM resource_history n WHERE {newer})
            )
            {_among(listed, 11)}
        ORDER BY updated DESC, type DESC, id DESC, version DESC LIMIT $10
        """,
        [
            type_,
            id_,
            since,
            *(before or (None, None, None, None)),
            [low for low, _ in at],
            [high for _, high in at],
            limit,
            *_columns(listed),
        ],
    )
    return [repository.version_of_row(row) for row in await repository.rows(connection, statement)]


def _among(listed: Listed | None, first: int) -> str:
    """The condition that a version ``v`` is one of ``listed``, whose columns are the parameters from ``first`` on."""
    if listed is None:
        return ""
    given = f"unnest(${first}::text[], ${first + 1}::text[], ${first + 2}::int[])"
    return (
        f"AND (v.type, v.id) IN (SELECT one.type, one.id FROM {given} AS one(type, id, version)"
        " WHERE one.version IS NULL OR one.version = v.version)"
    )


def _columns(listed: Listed | None) -> list[list[Any]]:
    if listed is None:
        return []
    return [[one[place] for one in listed] for place in range(3)]
