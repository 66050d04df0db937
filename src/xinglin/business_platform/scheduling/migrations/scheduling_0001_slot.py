"""Who may have which place: the arbiter behind Schedule, Slot and Appointment, which are resources in the store."""

from xinglin.foundation.database import execute_script

revision = "scheduling_0001"
down_revision = None
branch_labels = ("scheduling",)
depends_on = None

_TABLES = ("scheduling_template", "scheduling_slot", "scheduling_booking", "scheduling_claim")


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE scheduling_template (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            schedule_id text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            body json NOT NULL,
            made_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, schedule_id)
        );

        CREATE TABLE scheduling_slot (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            slot_id text COLLATE "C" NOT NULL,
            schedule_id text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            practitioner text COLLATE "C",
            location text COLLATE "C",
            day date NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL,
            opens_at timestamptz NOT NULL,
            places smallint NOT NULL,
            taken smallint NOT NULL DEFAULT 0,
            held smallint NOT NULL DEFAULT 0,
            PRIMARY KEY (tenant, slot_id),
            CONSTRAINT scheduling_slot_not_oversold CHECK (taken >= 0 AND held >= 0 AND taken + held <= places)
        );
        CREATE INDEX scheduling_slot_service ON scheduling_slot (service, starts_at);
        CREATE INDEX scheduling_slot_day ON scheduling_slot (service, day);

        CREATE TABLE scheduling_booking (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            appointment_id text COLLATE "C" NOT NULL,
            state text NOT NULL CHECK (state IN ('booked', 'cancelled', 'waiting', 'offered', 'withdrawn')),
            service text COLLATE "C" NOT NULL,
            practitioner text COLLATE "C",
            patient text COLLATE "C" NOT NULL,
            account text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            slot_id text COLLATE "C",
            day date,
            from_day date,
            to_day date,
            offer_until timestamptz,
            arrived_at timestamptz NOT NULL,
            decided_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, appointment_id),
            UNIQUE (tenant, account, key),
            FOREIGN KEY (tenant, slot_id) REFERENCES scheduling_slot (tenant, slot_id),
            CHECK (state NOT IN ('booked', 'offered') OR (slot_id IS NOT NULL AND day IS NOT NULL))
        );
        CREATE UNIQUE INDEX scheduling_booking_once_a_day ON scheduling_booking (tenant, patient, service, day)
            WHERE state = 'booked';
        CREATE UNIQUE INDEX scheduling_booking_waits_once ON scheduling_booking (tenant, patient, service)
            WHERE state IN ('waiting', 'offered');
        CREATE INDEX scheduling_booking_patient ON scheduling_booking (patient, decided_at);
        CREATE INDEX scheduling_booking_slot ON scheduling_booking (slot_id);
        CREATE INDEX scheduling_booking_waiting ON scheduling_booking (service, arrived_at) WHERE state = 'waiting';
        CREATE INDEX scheduling_booking_offer ON scheduling_booking (offer_until) WHERE state = 'offered';

        CREATE UNLOGGED TABLE scheduling_claim (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            service text COLLATE "C" NOT NULL,
            account text COLLATE "C" NOT NULL,
            key text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            slot text COLLATE "C",
            day date,
            practitioner text COLLATE "C",
            arrived_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, service, account, key)
        );
        """
    )
    for table in _TABLES:
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
