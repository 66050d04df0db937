"""Search parameters that the node's own SearchParameter resources define, and the work that they make.

They belong to the node, as the index does, so no tenant stands beside them. ``resource_places`` tells where resources
of all tenants lie, by numbers alone, so that the index of every tenant is made anew; their contents stay guarded.
"""

from xinglin.foundation.database import execute_script

revision = "store_0006"
down_revision = "store_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE SEQUENCE search_revision_number;
        CREATE TABLE search_revision (revision bigint NOT NULL);
        INSERT INTO search_revision VALUES (0);

        CREATE TABLE search_parameter (
            id text COLLATE "C" PRIMARY KEY,
            revision bigint NOT NULL,
            definition json NOT NULL
        );
        CREATE TABLE search_reindex (
            type text COLLATE "C" PRIMARY KEY,
            since_revision bigint NOT NULL,
            asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            seen_at timestamptz,
            expected bigint,
            done bigint NOT NULL DEFAULT 0,
            reached bigint NOT NULL DEFAULT 0
        );

        CREATE FUNCTION resource_places(of_type text, holding bigint, past bigint, many integer)
        RETURNS TABLE (key bigint, tenant integer)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            (SELECT r.key, r.tenant FROM resource r
             WHERE r.type = of_type AND r.content IS NOT NULL AND r.key > past ORDER BY r.key LIMIT many)
            UNION
            (SELECT r.key, r.tenant FROM resource_token t JOIN resource r USING (key)
             WHERE t.tokens @> ARRAY[holding] AND r.content IS NOT NULL AND r.key > past ORDER BY r.key LIMIT many)
            ORDER BY 1 LIMIT many
        $$;
        CREATE FUNCTION resource_places(past bigint, many integer)
        RETURNS TABLE (key bigint, tenant integer)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT r.key, r.tenant FROM resource r
            WHERE r.content IS NOT NULL AND r.key > past ORDER BY r.key LIMIT many
        $$;
        CREATE FUNCTION resource_count(of_type text, holding bigint) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT (SELECT count(*) FROM resource r WHERE r.type = of_type AND r.content IS NOT NULL)
                + (SELECT count(*) FROM resource_token t WHERE t.tokens @> ARRAY[holding])
        $$;
        """
    )
