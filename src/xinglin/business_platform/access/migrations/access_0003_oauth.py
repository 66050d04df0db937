"""OAuth 2.1: clients, codes, tokens and the keys that sign."""

from xinglin.foundation.database import execute_script

revision = "access_0003"
down_revision = "access_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE access_client (
            id text PRIMARY KEY,
            name text NOT NULL,
            kind text NOT NULL CHECK (kind IN ('public', 'confidential', 'backend')),
            redirect_uris text[] NOT NULL,
            launch_uri text,
            scopes text[] NOT NULL,
            jwks json,
            account uuid REFERENCES access_account,
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            ended_at timestamptz
        );
        CREATE TABLE access_launch (
            secret_hash bytea PRIMARY KEY,
            account uuid NOT NULL REFERENCES access_account ON DELETE CASCADE,
            client text NOT NULL REFERENCES access_client,
            patient text NOT NULL,
            encounter text,
            expires_at timestamptz NOT NULL
        );
        CREATE TABLE access_code (
            secret_hash bytea PRIMARY KEY,
            client text NOT NULL REFERENCES access_client,
            account uuid NOT NULL REFERENCES access_account ON DELETE CASCADE,
            parent uuid NOT NULL REFERENCES access_session ON DELETE CASCADE,
            redirect_uri text NOT NULL,
            challenge text NOT NULL,
            scopes text[] NOT NULL,
            patient text,
            encounter text,
            nonce text,
            expires_at timestamptz NOT NULL,
            used_at timestamptz,
            session uuid REFERENCES access_session ON DELETE CASCADE
        );
        CREATE TABLE access_token (
            secret_hash bytea PRIMARY KEY,
            session uuid NOT NULL REFERENCES access_session ON DELETE CASCADE,
            kind text NOT NULL CHECK (kind IN ('access', 'refresh')),
            scopes text[] NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        );
        CREATE INDEX access_token_session ON access_token (session);
        CREATE TABLE access_signing_key (
            kid text PRIMARY KEY,
            sealed bytea NOT NULL,
            public json NOT NULL,
            created_at timestamptz NOT NULL
        );
        """
    )
