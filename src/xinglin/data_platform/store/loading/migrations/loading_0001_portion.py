"""Which portions of which files are loaded, so that a load goes on where it was stopped, and what was refused."""

from xinglin.foundation.database import execute_script

revision = "loading_0001"
down_revision = None
branch_labels = ("loading",)
depends_on = None

_TABLES = ("loaded_file", "loaded_portion", "loaded_refusal")


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE loaded_file (
            digest bytea NOT NULL,
            name text NOT NULL,
            taken bigint NOT NULL,
            created bigint NOT NULL,
            refused bigint NOT NULL,
            finished_at timestamptz NOT NULL DEFAULT now(),
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            PRIMARY KEY (tenant, digest)
        );
        CREATE TABLE loaded_portion (
            digest bytea NOT NULL,
            low_byte bigint NOT NULL,
            high_byte bigint NOT NULL,
            taken integer NOT NULL DEFAULT 0,
            created integer NOT NULL DEFAULT 0,
            refused integer NOT NULL DEFAULT 0,
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            PRIMARY KEY (tenant, digest, low_byte, high_byte)
        );
        CREATE TABLE loaded_refusal (
            digest bytea NOT NULL,
            line bigint NOT NULL,
            entry integer,
            english text NOT NULL,
            chinese text NOT NULL,
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer
        );
        CREATE INDEX loaded_refusal_line ON loaded_refusal (tenant, digest, line);
        """
    )
    for table in _TABLES:
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
