"""Amounts that are ranges, found by their end: all others are one number, and are found by where they begin."""

from xinglin.foundation.database import execute_script

revision = "store_0003"
down_revision = "store_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE INDEX search_quantity_wide ON search_quantity (path, high, low, unit, code, key) WHERE low < high;
        """
    )
