"""Finding messages by the beginning of a number, forgetting old ones, what the door refused, patients merged away."""

from xinglin.foundation.database import execute_script

revision = "hl7v2_0003"
down_revision = "hl7v2_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE INDEX hl7_message_control_begins ON hl7_message (lower(control_id) text_pattern_ops)
            WHERE state <> 'received';
        DROP INDEX hl7_message_patient;
        CREATE INDEX hl7_message_patient_begins ON hl7_message (lower(patient) text_pattern_ops)
            WHERE patient IS NOT NULL;
        CREATE INDEX hl7_message_corrects ON hl7_message (corrects) WHERE corrects IS NOT NULL;
        CREATE TABLE hl7_door (
            id boolean PRIMARY KEY DEFAULT true CHECK (id),
            refused bigint NOT NULL,
            truncated bigint NOT NULL,
            oversize bigint NOT NULL,
            connections_refused bigint NOT NULL,
            last_reason text NOT NULL,
            last_reason_chinese text NOT NULL,
            last_peer text NOT NULL,
            last_at timestamptz
        );
        CREATE TABLE hl7_merged (
            patient text PRIMARY KEY,
            noted_at timestamptz NOT NULL
        );
        """
    )
