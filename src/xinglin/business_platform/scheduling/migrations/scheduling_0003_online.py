"""Who stands in line at home, to be seen online."""

from xinglin.foundation.database import execute_script

revision = "scheduling_0003"
down_revision = "scheduling_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script("ALTER TABLE queue_entry ADD COLUMN is_online boolean NOT NULL DEFAULT false")
