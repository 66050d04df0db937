"""Buildings as compact documents, repairs that outlive them, imports under way, and ways that are shut."""

from xinglin.foundation.database import execute_script

revision = "building_0001"
down_revision = None
branch_labels = ("building",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE building (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            building text COLLATE "C" NOT NULL,
            tag text NOT NULL,
            name text NOT NULL,
            name_en text NOT NULL,
            imported_at timestamptz NOT NULL,
            document bytea NOT NULL,
            PRIMARY KEY (tenant, building)
        );
        CREATE TABLE building_repair (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            building text COLLATE "C" NOT NULL,
            repair text COLLATE "C" NOT NULL,
            one text NOT NULL,
            other text NOT NULL,
            door text,
            made_by text NOT NULL,
            made_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, building, repair)
        );
        CREATE TABLE building_closure (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            building text COLLATE "C" NOT NULL,
            place text COLLATE "C" NOT NULL,
            reason text NOT NULL,
            made_by text NOT NULL,
            made_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, building, place)
        );
        CREATE TABLE building_import (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            import text COLLATE "C" NOT NULL,
            file_name text NOT NULL,
            unit text,
            location_system text,
            content bytea,
            stage text NOT NULL DEFAULT 'waiting'
                CHECK (stage IN ('waiting', 'reading', 'shapes', 'joining', 'keeping', 'done', 'failed')),
            share double precision NOT NULL DEFAULT 0,
            building text,
            english text NOT NULL DEFAULT '',
            chinese text NOT NULL DEFAULT '',
            attempts integer NOT NULL DEFAULT 0,
            asked_by text NOT NULL,
            asked_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, import)
        );
        CREATE INDEX building_import_open ON building_import (asked_at) WHERE content IS NOT NULL;
        """
    )
    for table in ("building", "building_repair", "building_closure", "building_import"):
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
