"""Events are numbered when they are published, so that writers of one key do not wait for one another's commits."""

from xinglin.foundation.database import execute_script

revision = "bus_0002"
down_revision = "bus_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE bus_log (numbered bigint NOT NULL, published bigint NOT NULL);
        INSERT INTO bus_log SELECT coalesce(max(position), 0),
            coalesce(min(position) FILTER (WHERE NOT published) - 1, max(position), 0) FROM event;
        DROP INDEX event_unpublished;
        ALTER TABLE event ADD publish_position bigint;
        ALTER TABLE event DROP COLUMN published;
        ALTER TABLE event ALTER sequence DROP NOT NULL;
        UPDATE event SET publish_position = position;
        CREATE UNIQUE INDEX event_publish_position ON event (publish_position);
        CREATE INDEX event_unnumbered ON event (position) WHERE publish_position IS NULL;
        """
    )
