"""One-time links and the sessions that they open."""

from xinglin.foundation.database import execute_script

revision = "access_0001"
down_revision = None
branch_labels = ("access",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE access_link (
            secret_hash bytea PRIMARY KEY,
            name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('user', 'device')),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE TABLE access_session (
            id uuid PRIMARY KEY,
            secret_hash bytea NOT NULL UNIQUE,
            name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('user', 'device', 'program')),
            created_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz
        );
        """
    )
