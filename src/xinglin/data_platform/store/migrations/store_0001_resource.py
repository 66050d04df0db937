"""Current resources with their hashed tokens, the values that have an order, and superseded versions."""

from xinglin.foundation.database import execute_script

revision = "store_0001"
down_revision = None
branch_labels = ("store",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE SEQUENCE resource_key INCREMENT BY 1000;
        CREATE TABLE resource (
            key bigint PRIMARY KEY,
            type text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            version integer NOT NULL,
            updated timestamptz NOT NULL,
            method text NOT NULL,
            tokens bigint[] NOT NULL,
            content json,
            UNIQUE (type, id)
        );
        CREATE INDEX resource_tokens ON resource USING gin (tokens)
            WITH (fastupdate = on, gin_pending_list_limit = 64);
        CREATE INDEX resource_type_key ON resource (type, key) WHERE content IS NOT NULL;
        CREATE INDEX resource_updated ON resource (updated);

        CREATE TABLE resource_history (
            type text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            version integer NOT NULL,
            updated timestamptz NOT NULL,
            method text NOT NULL,
            content json,
            PRIMARY KEY (type, id, version)
        );
        CREATE INDEX resource_history_updated ON resource_history (updated);

        CREATE TABLE search_date (
            key bigint NOT NULL,
            path bigint NOT NULL,
            low timestamptz NOT NULL,
            high timestamptz NOT NULL
        );
        CREATE INDEX search_date_key ON search_date (key);
        CREATE INDEX search_date_low ON search_date (path, low, high, key);
        CREATE INDEX search_date_long ON search_date (path, high, low, key)
            WHERE high - low > interval '1 day';

        CREATE TABLE search_string (
            key bigint NOT NULL,
            path bigint NOT NULL,
            value text COLLATE "C" NOT NULL
        );
        CREATE INDEX search_string_key ON search_string (key);
        CREATE INDEX search_string_value ON search_string (path, value, key);

        CREATE TABLE search_quantity (
            key bigint NOT NULL,
            path bigint NOT NULL,
            low double precision NOT NULL,
            high double precision NOT NULL,
            unit bigint NOT NULL,
            code bigint NOT NULL
        );
        CREATE INDEX search_quantity_key ON search_quantity (key);
        CREATE INDEX search_quantity_low ON search_quantity (path, low, high, unit, code, key);
        """
    )
