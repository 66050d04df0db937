"""What doctors have written and not signed, one draft a visit, and what the signing that emptied it answered."""

from xinglin.foundation.database import execute_script

revision = "internet_hospital_0001"
down_revision = None
branch_labels = ("internet_hospital",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE visit_draft (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            encounter text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            version integer NOT NULL CHECK (version > 0),
            content json NOT NULL,
            items integer NOT NULL,
            author text COLLATE "C" NOT NULL,
            author_name text NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, encounter)
        );
        CREATE INDEX visit_draft_unsigned ON visit_draft (tenant, author, updated_at) WHERE items > 0;
        CREATE TABLE visit_signing (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            encounter text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            account text COLLATE "C" NOT NULL,
            answer json NOT NULL,
            PRIMARY KEY (tenant, encounter, key)
        );
        """
    )
    for table in ("visit_draft", "visit_signing"):
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
