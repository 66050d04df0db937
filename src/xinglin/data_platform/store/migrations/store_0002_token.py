"""Tokens in a table of their own, which is narrow to read and is left alone when only the content changes."""

from xinglin.foundation.database import execute_script

revision = "store_0002"
down_revision = "store_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
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
        """
    )
