"""Which paths of a resource have a value, beside its tokens: nearly all have the same few, which made up a third of the
array index and found nothing."""

from xinglin.foundation.database import execute_script

revision = "store_0005"
down_revision = "store_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script("ALTER TABLE resource_token ADD present bigint[] NOT NULL DEFAULT '{}';")
