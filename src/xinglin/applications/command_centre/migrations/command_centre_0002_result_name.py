"""A result's name without Chinese, beside the one in Chinese."""

from xinglin.foundation.database import execute_script

revision = "command_centre_0002"
down_revision = "command_centre_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE board_result ADD COLUMN name_en text NOT NULL DEFAULT '';
        UPDATE board_result SET name_en = name;
        ALTER TABLE board_result ALTER COLUMN name_en DROP DEFAULT;
        """
    )
