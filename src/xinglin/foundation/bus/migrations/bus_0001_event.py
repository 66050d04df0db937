"""The event log, the sequences of its ordering keys, and what each subscriber has seen."""

from xinglin.foundation.database import execute_script

revision = "bus_0001"
down_revision = None
branch_labels = ("bus",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE event_sequence (
            ordering_key text PRIMARY KEY,
            last_sequence bigint NOT NULL
        );
        CREATE TABLE event (
            position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id uuid NOT NULL,
            room text NOT NULL,
            name text NOT NULL,
            ordering_key text NOT NULL,
            sequence bigint NOT NULL,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT now(),
            causation_id text,
            correlation_id text,
            schema_version smallint NOT NULL,
            purpose text NOT NULL,
            body json NOT NULL,
            published boolean NOT NULL DEFAULT false
        );
        CREATE INDEX event_unpublished ON event (position) WHERE NOT published;
        CREATE INDEX event_recorded_at ON event USING brin (recorded_at);
        CREATE TABLE event_consumed (
            subscriber text NOT NULL,
            event_id uuid NOT NULL,
            consumed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (subscriber, event_id)
        );
        CREATE INDEX event_consumed_at ON event_consumed USING brin (consumed_at);
        CREATE TABLE event_refused (
            subscriber text NOT NULL,
            event_id uuid NOT NULL,
            refused_at timestamptz NOT NULL DEFAULT now(),
            reason text NOT NULL,
            envelope json NOT NULL,
            PRIMARY KEY (subscriber, event_id)
        );
        CREATE TABLE bus_stream (
            name text PRIMARY KEY,
            created text NOT NULL
        );
        """
    )
