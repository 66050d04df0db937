"""Who waits in front of which doctor, and tokens that prove that somebody stands at the place."""

from xinglin.foundation.database import execute_script

revision = "scheduling_0002"
down_revision = "scheduling_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE queue_entry (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            encounter_id text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            day date NOT NULL,
            number integer NOT NULL,
            practitioner text COLLATE "C",
            patient text COLLATE "C" NOT NULL,
            name text NOT NULL,
            appointment_id text COLLATE "C",
            state text NOT NULL CHECK (
                state IN ('waiting', 'called', 'in_room', 'at_tests', 'skipped', 'finished', 'left')),
            triage smallint CHECK (triage BETWEEN 1 AND 4),
            turn_at timestamptz NOT NULL,
            arrived_at timestamptz NOT NULL,
            room text NOT NULL DEFAULT '',
            called_at timestamptz,
            started_at timestamptz,
            served_seconds double precision NOT NULL DEFAULT 0,
            finished_at timestamptz,
            PRIMARY KEY (tenant, encounter_id),
            UNIQUE (tenant, service, day, number)
        );
        CREATE UNIQUE INDEX queue_entry_once ON queue_entry (tenant, patient, service, day)
            WHERE state NOT IN ('finished', 'left');
        CREATE INDEX queue_entry_open ON queue_entry (service, day) WHERE state NOT IN ('finished', 'left');
        CREATE INDEX queue_entry_finished ON queue_entry (service, finished_at) WHERE state = 'finished';
        CREATE INDEX queue_entry_patient ON queue_entry (patient, day);

        CREATE TABLE queue_presence (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            token_hash bytea NOT NULL,
            service text COLLATE "C" NOT NULL,
            until timestamptz NOT NULL,
            PRIMARY KEY (tenant, token_hash)
        );
        """
    )
    for table in ("queue_entry", "queue_presence"):
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
