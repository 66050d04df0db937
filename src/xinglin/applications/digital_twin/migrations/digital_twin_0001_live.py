"""The live state with its history, what is foreseen of it, how true that came, and alarms."""

from xinglin.foundation.database import execute_script

revision = "digital_twin_0001"
down_revision = None
branch_labels = ("digital_twin",)
depends_on = None

_TENANT = "tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer"
_TABLES = (
    *("twin_visit", "twin_booking", "twin_place", "twin_stay", "twin_state", "twin_built"),
    *("twin_forecast", "twin_score", "twin_alarm"),
)


def upgrade() -> None:
    execute_script(
        f"""
        CREATE TABLE twin_visit (
            {_TENANT},
            encounter text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            number integer,
            practitioner text COLLATE "C",
            appointment text COLLATE "C",
            triage smallint,
            room text NOT NULL,
            turn_at timestamptz NOT NULL,
            state text NOT NULL,
            since timestamptz NOT NULL,
            arrived_at timestamptz NOT NULL,
            called_at timestamptz,
            gap_seconds double precision,
            first_seconds double precision,
            again_seconds double precision,
            tests_seconds double precision,
            missed integer NOT NULL DEFAULT 0,
            finished_at timestamptz,
            PRIMARY KEY (tenant, encounter)
        );
        CREATE INDEX twin_visit_arrived ON twin_visit (arrived_at);
        CREATE INDEX twin_visit_appointment ON twin_visit (appointment) WHERE appointment IS NOT NULL;

        CREATE TABLE twin_booking (
            {_TENANT},
            appointment text COLLATE "C" NOT NULL,
            service text COLLATE "C" NOT NULL,
            practitioner text COLLATE "C",
            starts_at timestamptz,
            booked_at timestamptz NOT NULL,
            cancelled boolean NOT NULL,
            PRIMARY KEY (tenant, appointment)
        );
        CREATE INDEX twin_booking_starts ON twin_booking (starts_at);

        CREATE TABLE twin_place (
            {_TENANT},
            location text COLLATE "C" NOT NULL,
            parent text COLLATE "C",
            form text NOT NULL,
            name text NOT NULL,
            name_en text NOT NULL,
            is_open boolean NOT NULL,
            is_ward boolean NOT NULL,
            unit text COLLATE "C",
            PRIMARY KEY (tenant, location)
        );
        CREATE INDEX twin_place_unit ON twin_place (unit);

        CREATE TABLE twin_stay (
            {_TENANT},
            encounter text COLLATE "C" NOT NULL,
            ward text COLLATE "C" NOT NULL,
            bed text COLLATE "C",
            admitted_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            left_at timestamptz,
            PRIMARY KEY (tenant, encounter, ward)
        );
        CREATE INDEX twin_stay_left ON twin_stay (left_at);

        CREATE TABLE twin_state (
            {_TENANT},
            kind text COLLATE "C" NOT NULL,
            id text COLLATE "C" NOT NULL,
            unit text COLLATE "C" NOT NULL,
            state text NOT NULL,
            at timestamptz NOT NULL,
            until timestamptz,
            PRIMARY KEY (tenant, kind, id, at)
        );
        CREATE UNIQUE INDEX twin_state_now ON twin_state (tenant, kind, id) WHERE until IS NULL;
        CREATE INDEX twin_state_at ON twin_state USING brin (at);
        CREATE INDEX twin_state_until ON twin_state (until);

        CREATE TABLE twin_built (
            {_TENANT},
            built_at timestamptz NOT NULL,
            PRIMARY KEY (tenant)
        );

        CREATE TABLE twin_forecast (
            {_TENANT},
            kind text COLLATE "C" NOT NULL,
            unit text COLLATE "C" NOT NULL,
            foreseen_at timestamptz NOT NULL,
            kept boolean NOT NULL,
            scored boolean NOT NULL DEFAULT false,
            body json NOT NULL,
            PRIMARY KEY (tenant, kind, unit, foreseen_at)
        );
        CREATE INDEX twin_forecast_at ON twin_forecast (foreseen_at);

        CREATE TABLE twin_score (
            {_TENANT},
            what text COLLATE "C" NOT NULL,
            day date NOT NULL,
            told integer NOT NULL,
            within_50 integer NOT NULL,
            within_80 integer NOT NULL,
            within_95 integer NOT NULL,
            below integer NOT NULL,
            above integer NOT NULL,
            error double precision NOT NULL,
            width double precision NOT NULL,
            PRIMARY KEY (tenant, what, day)
        );

        CREATE TABLE twin_alarm (
            {_TENANT},
            alarm text COLLATE "C" NOT NULL,
            rule text NOT NULL,
            unit text COLLATE "C" NOT NULL,
            subject text COLLATE "C" NOT NULL,
            figure double precision NOT NULL,
            expected_at timestamptz,
            raised_at timestamptz NOT NULL,
            cleared_at timestamptz,
            acknowledged_at timestamptz,
            acknowledged_by text,
            PRIMARY KEY (tenant, alarm)
        );
        CREATE UNIQUE INDEX twin_alarm_open ON twin_alarm (tenant, rule, unit, subject) WHERE cleared_at IS NULL;
        """
    )
    for table in _TABLES:
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
