"""What the doctor asks an external PostgreSQL."""

from __future__ import annotations

from typing import Any

_ROLE = """
SELECT current_user AS name, role.rolsuper AS is_superuser, role.rolbypassrls AS bypasses,
    (SELECT count(*) FROM pg_class AS relation
        WHERE relation.relkind IN ('r', 'p') AND relation.relnamespace = 'public'::regnamespace
            AND pg_has_role(current_user, relation.relowner, 'USAGE')) AS owned_tables
FROM pg_roles AS role WHERE role.rolname = current_user
"""
_SERVER = """
SELECT current_setting('server_version_num')::integer / 10000 AS version, current_setting('server_version') AS release,
    current_setting('server_encoding') AS encoding,
    ARRAY(SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
        AND setting = 'off' ORDER BY name) AS unsafe,
    ARRAY(SELECT wanted FROM unnest($1::text[]) AS wanted
        WHERE wanted NOT IN (SELECT extname FROM pg_extension)) AS missing
"""


async def role_facts(connection: Any) -> dict[str, Any]:
    """Whether row-level security holds for the session's role: ``is_superuser``, ``bypasses``, ``owned_tables``."""
    return dict(await connection.fetchrow(_ROLE))


async def server_facts(connection: Any, extensions: list[str]) -> dict[str, Any]:
    """The server's major ``version``, ``release``, ``encoding``, settings that are ``unsafe``ly off, and which of
    ``extensions`` are ``missing``."""
    return dict(await connection.fetchrow(_SERVER, extensions))
