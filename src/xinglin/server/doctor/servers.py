"""The PostgreSQL and NATS that a node works with, where the settings name external ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from xinglin.foundation.errors import XinglinError

from ..external import ask_bus, connected
from ..settings import read_settings
from ..supervisor import DataFolder
from .finding import Finding, Told, well
from .repository import role_facts, server_facts

OLDEST_VERSION = 16
_EXTENSIONS = ["btree_gin", "pg_trgm"]
_PREPARE = Told(
    "prepare it with deploy/external-database.sql, and name both roles as url and owner_url in [database]",
    "请用 deploy/external-database.sql 准备数据库，并在 [database] 中分别填写两个角色的 url 与 owner_url",
)
_UTF8 = Told("make the database anew with ENCODING 'UTF8'", "请以 ENCODING 'UTF8' 重建数据库")


def database(data: Path) -> Finding:
    """Whether the external PostgreSQL keeps its word, and keeps one institution's rows from another's."""
    settings = read_settings(DataFolder(data).settings_file).database
    if not settings.url:
        return well("database", "the node's own", "节点自带")
    try:
        server, role = asyncio.run(_ask(settings.url))
    except XinglinError as error:
        return Finding("database", "fail", Told(error.english, error.chinese), _PREPARE)
    return judge_server(server) or judge_role(role) or _fit(server, role)


def bus(data: Path) -> Finding:
    """Whether the external NATS gives this node a JetStream."""
    settings = read_settings(DataFolder(data).settings_file).bus
    if not settings.url:
        return well("bus", "the node's own", "节点自带")
    try:
        asyncio.run(ask_bus(settings))
    except XinglinError as error:
        return Finding(
            "bus",
            "fail",
            Told(error.english, error.chinese),
            Told(
                "start it with JetStream and give the node an account of its own", "请启用 JetStream 并为节点建独立账户"
            ),
        )
    return well("bus", "external NATS with JetStream", "外部 NATS，JetStream 可用")


def judge_server(facts: dict[str, Any]) -> Finding | None:
    """What is wrong with the server; None when nothing is."""
    if facts["version"] < OLDEST_VERSION:
        return Finding(
            "database",
            "fail",
            Told(f"PostgreSQL {facts['release']} is too old", f"PostgreSQL {facts['release']} 版本过低"),
            Told(f"use PostgreSQL {OLDEST_VERSION} or newer", f"请使用 PostgreSQL {OLDEST_VERSION} 或更新版本"),
        )
    if facts["encoding"] != "UTF8":
        return Finding("database", "fail", Told(f"it keeps {facts['encoding']}", f"编码为 {facts['encoding']}"), _UTF8)
    if facts["unsafe"]:
        names = ", ".join(facts["unsafe"])
        return Finding(
            "database",
            "fail",
            Told(
                f"turned off there: {names}; a power cut would lose acknowledged data",
                f"已关闭：{names}，断电会丢失已确认的数据",
            ),
            Told("turn them on", "请开启这些设置"),
        )
    if facts["missing"]:
        lacks = ", ".join(facts["missing"])
        return Finding("database", "warn", Told(f"it lacks {lacks}", f"缺少 {lacks}"), _PREPARE)
    return None


def judge_role(facts: dict[str, Any]) -> Finding | None:
    """Row-level security holds for a role that owns no table and may not pass it by; None when it does."""
    reasons = [
        *([("is a superuser", "是超级用户")] if facts["is_superuser"] else []),
        *([("has BYPASSRLS", "具有 BYPASSRLS")] if facts["bypasses"] else []),
        *([("owns the tables", "拥有数据表")] if facts["owned_tables"] else []),
    ]
    if not reasons:
        return None
    english, chinese = (" and ".join(each[0] for each in reasons), "、".join(each[1] for each in reasons))
    return Finding(
        "database",
        "warn",
        Told(
            f"the node's role {facts['name']} {english}: nothing in the database keeps institutions apart",
            f"节点所用角色 {facts['name']} {chinese}：数据库层的机构隔离不起作用",
        ),
        _PREPARE,
    )


def _fit(server: dict[str, Any], role: dict[str, Any]) -> Finding:
    return well(
        "database",
        f"external PostgreSQL {server['release']} as {role['name']}",
        f"外部 PostgreSQL {server['release']}，角色 {role['name']}",
    )


async def _ask(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    async with connected(url) as connection:
        return await server_facts(connection, _EXTENSIONS), await role_facts(connection)
