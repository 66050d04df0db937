"""Online visits: what FHIR's Encounter has no element for, and the count that orders their messages."""

from xinglin.foundation.database import execute_script

revision = "internet_hospital_0002"
down_revision = "internet_hospital_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE online_visit (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            encounter text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            account text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            consent text COLLATE "C" NOT NULL,
            asked_at timestamptz NOT NULL,
            messages integer NOT NULL DEFAULT 0,
            closed_at timestamptz,
            PRIMARY KEY (tenant, encounter),
            UNIQUE (tenant, account, key)
        );
        CREATE INDEX online_visit_patient ON online_visit (patient, asked_at);
        CREATE INDEX online_visit_open ON online_visit (asked_at) WHERE closed_at IS NULL;
        ALTER TABLE online_visit ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_tenant ON online_visit USING (tenant = current_setting('xinglin.tenant')::integer);
        """
    )
