"""Every row belongs to a tenant, and a session sees its own tenant's only; tokens in a table of their own.

Tokens carry no row-level security: their array operators are not leakproof, so that under it every search would read
the whole table. They are numbers; what they lead to is guarded (decision 0009).
Only what makes a row unique names the tenant in an index: before statistics are taken, the planner expects few rows of
a tenant, and looked for 400 ids among all rows of their type.
"""

from xinglin.foundation.database import execute_script

revision = "store_0002"
down_revision = "store_0001"
branch_labels = None
depends_on = None

_GUARDED = ("resource", "resource_history", "search_date", "search_string", "search_quantity")


def upgrade() -> None:
    execute_script(
        """
        SET LOCAL xinglin.tenant = '1';
        CREATE TABLE resource_token (
            key bigint PRIMARY KEY,
            tokens bigint[] NOT NULL
        );
        INSERT INTO resource_token
            SELECT key, ARRAY(SELECT token FROM unnest(tokens) AS token ORDER BY token) FROM resource;
        DROP INDEX resource_tokens;
        ALTER TABLE resource DROP COLUMN tokens;
        CREATE INDEX resource_token_tokens ON resource_token USING gin (tokens)
            WITH (fastupdate = on, gin_pending_list_limit = 64);
        ALTER TABLE resource_token ALTER tokens SET STATISTICS 300;

        ALTER TABLE resource ADD tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer;
        ALTER TABLE resource DROP CONSTRAINT resource_type_id_key;
        ALTER TABLE resource ADD CONSTRAINT resource_identity UNIQUE (type, id, tenant);
        ALTER TABLE search_date ADD tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer;
        ALTER TABLE search_string ADD tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer;
        ALTER TABLE search_quantity ADD tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer;

        ALTER TABLE resource_history RENAME TO resource_history_single;
        ALTER TABLE resource_history_single RENAME CONSTRAINT resource_history_pkey TO resource_history_single_pkey;
        ALTER INDEX resource_history_updated RENAME TO resource_history_single_updated;
        CREATE TABLE resource_history (
            type text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            version integer NOT NULL,
            updated timestamptz NOT NULL,
            method text NOT NULL,
            content json,
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            PRIMARY KEY (tenant, type, id, version)
        ) PARTITION BY LIST (tenant);
        CREATE TABLE resource_history_1 PARTITION OF resource_history FOR VALUES IN (1);
        CREATE TABLE resource_history_hosted PARTITION OF resource_history DEFAULT;
        CREATE INDEX resource_history_updated ON resource_history (updated);
        INSERT INTO resource_history (type, id, version, updated, method, content)
            SELECT type, id, version, updated, method, content FROM resource_history_single;
        DROP TABLE resource_history_single;

        CREATE TABLE store_index (revision integer NOT NULL, reached bigint NOT NULL);
        INSERT INTO store_index VALUES (1, 0);
        """
    )
    for table in _GUARDED:
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
    execute_script(
        """
        DO $$
        DECLARE granted record;
        BEGIN
            FOR granted IN
                SELECT DISTINCT table_name, grantee FROM information_schema.role_table_grants
                WHERE table_name IN ('resource_history_1', 'resource_history_hosted') AND grantee <> current_user
            LOOP
                EXECUTE format('REVOKE ALL ON %I FROM %I', granted.table_name, granted.grantee);
            END LOOP;
        END $$;
        """
    )
