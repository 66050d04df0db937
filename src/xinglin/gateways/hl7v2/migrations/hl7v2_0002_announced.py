"""Up to which message the bus was told of what came."""

from xinglin.foundation.database import execute_script

revision = "hl7v2_0002"
down_revision = "hl7v2_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE hl7_announced (last_id bigint NOT NULL);
        INSERT INTO hl7_announced SELECT coalesce(max(id), 0) FROM hl7_message;
        """
    )
