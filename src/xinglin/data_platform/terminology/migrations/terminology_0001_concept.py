"""Names of diagnoses and drugs, and the keys by which they are found."""

from xinglin.foundation.database import execute_script

revision = "terminology_0001"
down_revision = None
branch_labels = ("terminology",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE terminology_concept (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            kind text COLLATE "C" NOT NULL CHECK (kind IN ('diagnosis', 'drug')),
            code text COLLATE "C" NOT NULL,
            name_zh text NOT NULL,
            name_en text NOT NULL,
            PRIMARY KEY (tenant, kind, code)
        );
        CREATE TABLE terminology_key (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            kind text COLLATE "C" NOT NULL,
            place smallint NOT NULL CHECK (place IN (0, 1)),
            key text COLLATE "C" NOT NULL,
            code text COLLATE "C" NOT NULL,
            PRIMARY KEY (tenant, kind, place, key, code)
        );
        CREATE INDEX terminology_key_code ON terminology_key (tenant, kind, code);
        """
    )
    for table in ("terminology_concept", "terminology_key"):
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
