"""One row for each visit and each appointment, as events told of them."""

from xinglin.foundation.database import execute_script

revision = "management_0001"
down_revision = None
branch_labels = ("management",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE management_visit (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            encounter text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            appointment text COLLATE "C",
            arrived_at timestamptz,
            called_at timestamptz,
            in_room_since timestamptz,
            room_seconds double precision NOT NULL DEFAULT 0,
            tests integer NOT NULL DEFAULT 0,
            finished_at timestamptz,
            outcome text NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'finished', 'left')),
            PRIMARY KEY (tenant, encounter)
        );
        CREATE INDEX management_visit_arrived ON management_visit (arrived_at);
        CREATE INDEX management_visit_patient ON management_visit (patient, service, arrived_at);
        CREATE INDEX management_visit_appointment ON management_visit (appointment) WHERE appointment IS NOT NULL;

        CREATE TABLE management_appointment (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            appointment text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            starts_at timestamptz,
            cancelled boolean NOT NULL,
            PRIMARY KEY (tenant, appointment)
        );
        CREATE INDEX management_appointment_starts ON management_appointment (starts_at);
        """
    )
    for table in ("management_visit", "management_appointment"):
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
