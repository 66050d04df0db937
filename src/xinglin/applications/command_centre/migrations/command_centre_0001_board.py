"""The Board's projection: places with their unit, one row per active encounter, recent abnormal results."""

from xinglin.foundation.database import execute_script

revision = "command_centre_0001"
down_revision = None
branch_labels = ("command_centre",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE board_place (
            location_id text PRIMARY KEY,
            parent_id text,
            form text NOT NULL,
            kind text NOT NULL,
            code text NOT NULL,
            name text NOT NULL,
            name_en text NOT NULL,
            unit_id text
        );
        CREATE INDEX board_place_unit ON board_place (unit_id);
        CREATE TABLE board_stay (
            encounter_id text PRIMARY KEY,
            patient_id text NOT NULL,
            patient_name text NOT NULL,
            sex text NOT NULL,
            birth_date text,
            location_id text,
            status text NOT NULL,
            class text NOT NULL,
            since timestamptz NOT NULL,
            admitted_at timestamptz NOT NULL,
            attending_id text,
            attending text NOT NULL
        );
        CREATE INDEX board_stay_location ON board_stay (location_id);
        CREATE INDEX board_stay_patient ON board_stay (patient_id);
        CREATE INDEX board_stay_attending ON board_stay (attending_id);
        CREATE TABLE board_result (
            observation_id text PRIMARY KEY,
            patient_id text NOT NULL,
            name text NOT NULL,
            value text NOT NULL,
            unit text NOT NULL,
            interpretation text NOT NULL,
            critical boolean NOT NULL,
            reference_range text NOT NULL,
            observed_at timestamptz NOT NULL
        );
        CREATE INDEX board_result_patient ON board_result (patient_id, observed_at);
        CREATE INDEX board_result_observed_at ON board_result (observed_at);
        CREATE TABLE board_built (
            id boolean PRIMARY KEY DEFAULT true CHECK (id),
            built_at timestamptz NOT NULL
        );
        """
    )
