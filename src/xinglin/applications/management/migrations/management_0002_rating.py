"""How satisfied a patient was with a visit, from 1 to 5 faces."""

from xinglin.foundation.database import execute_script

revision = "management_0002"
down_revision = "management_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script("ALTER TABLE management_visit ADD COLUMN faces smallint CHECK (faces BETWEEN 1 AND 5);")
