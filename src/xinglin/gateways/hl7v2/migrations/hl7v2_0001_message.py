"""The inbox of HL7 v2 messages, and how new the newest message about a subject was."""

from xinglin.foundation.database import execute_script

revision = "hl7v2_0001"
down_revision = None
branch_labels = ("hl7v2",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE hl7_message (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            sender text NOT NULL,
            receiver text NOT NULL,
            control_id text NOT NULL,
            type text NOT NULL,
            digest bytea NOT NULL,
            charset text NOT NULL,
            raw bytea NOT NULL,
            received_at timestamptz NOT NULL,
            state text NOT NULL CHECK (state IN ('received', 'processed', 'dead', 'superseded')),
            reason text,
            reason_chinese text,
            acknowledged_as text NOT NULL,
            holds_control_id boolean NOT NULL,
            repeats integer NOT NULL DEFAULT 0,
            attempts smallint NOT NULL DEFAULT 0,
            processed_at timestamptz,
            patient text,
            produced json,
            corrects bigint REFERENCES hl7_message (id),
            history json NOT NULL DEFAULT '[]'
        );
        CREATE UNIQUE INDEX hl7_message_control ON hl7_message (control_id, sender) WHERE holds_control_id;
        CREATE UNIQUE INDEX hl7_message_clash ON hl7_message (control_id, sender, digest)
            WHERE NOT holds_control_id;
        CREATE INDEX hl7_message_waiting ON hl7_message (id) WHERE state = 'received';
        CREATE INDEX hl7_message_dead ON hl7_message (id) WHERE state = 'dead';
        CREATE INDEX hl7_message_patient ON hl7_message (patient) WHERE patient IS NOT NULL;
        CREATE INDEX hl7_message_received_at ON hl7_message USING brin (received_at);
        CREATE TABLE hl7_subject (
            subject text PRIMARY KEY,
            told_at timestamptz NOT NULL
        );
        """
    )
