"""Whose record a row is part of, and its marks: what rules of access ask of every row (decision 0015).

Rows that are there already are told nothing of, so that rules hide them, until the index is made anew, which the node
does by itself after an upgrade.
"""

from xinglin.foundation.database import execute_script

revision = "store_0007"
down_revision = "store_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE resource ADD patient text COLLATE "C" NOT NULL DEFAULT '?', ADD marks smallint NOT NULL DEFAULT 0;
        ALTER TABLE resource_history
            ADD patient text COLLATE "C" NOT NULL DEFAULT '?', ADD marks smallint NOT NULL DEFAULT 0;
        CREATE INDEX resource_patient ON resource (patient, type);
        """
    )
