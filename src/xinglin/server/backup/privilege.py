"""Privileges that a database gives by default and a dump does not take back."""

from __future__ import annotations

from typing import Any

# A partition that is asked directly knows nothing of the row-level security of the table it belongs to.
_SIDE_DOORS = """
SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', partition.oid::regclass,
    CASE WHEN access.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(access.grantee)) END) AS statement
FROM pg_class AS partition
JOIN pg_inherits AS branch ON branch.inhrelid = partition.oid
JOIN pg_class AS parent ON parent.oid = branch.inhparent
CROSS JOIN aclexplode(partition.relacl) AS access
WHERE partition.relispartition AND parent.relrowsecurity AND access.grantee <> partition.relowner
"""

_APPEND_ONLY = """
SELECT DISTINCT format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s', one.oid::regclass,
    CASE WHEN access.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(access.grantee)) END) AS statement
FROM pg_class AS one CROSS JOIN aclexplode(one.relacl) AS access
WHERE obj_description(one.oid, 'pg_class') = 'append-only' AND access.grantee <> one.relowner
"""


async def close_side_doors(connection: Any) -> None:
    """Take from everybody but their owner what they may do with partitions of tables under row-level security, and
    all but adding and reading where a table's comment says that it is append-only."""
    for row in [*await connection.fetch(_SIDE_DOORS), *await connection.fetch(_APPEND_ONLY)]:
        await connection.execute(row["statement"])
