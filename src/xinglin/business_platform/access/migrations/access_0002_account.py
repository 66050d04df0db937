"""Accounts, what they may and by what they prove themselves; sessions belong to one."""

from xinglin.foundation.database import execute_script

revision = "access_0002"
down_revision = "access_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script(_ACCOUNTS)
    execute_script(_CREDENTIALS)
    execute_script(_SESSIONS)


_ACCOUNTS = """
    CREATE TABLE access_account (
        id uuid PRIMARY KEY,
        tenant integer NOT NULL DEFAULT 1,
        kind text NOT NULL CHECK (kind IN ('console', 'user', 'program')),
        name text NOT NULL,
        login text UNIQUE,
        phone text UNIQUE,
        practitioner text,
        state text NOT NULL CHECK (state IN ('invited', 'active', 'suspended')),
        created_at timestamptz NOT NULL,
        created_by text NOT NULL
    );
    CREATE UNIQUE INDEX access_account_console ON access_account (tenant) WHERE kind = 'console';
    CREATE TABLE access_membership (
        account uuid NOT NULL REFERENCES access_account ON DELETE CASCADE,
        role text NOT NULL,
        unit text NOT NULL DEFAULT '',
        PRIMARY KEY (account, role, unit)
    );
    CREATE INDEX access_membership_role ON access_membership (role);
    CREATE TABLE access_representation (
        account uuid NOT NULL REFERENCES access_account ON DELETE CASCADE,
        patient text NOT NULL,
        relation text NOT NULL,
        since timestamptz NOT NULL,
        until timestamptz,
        PRIMARY KEY (account, patient)
    );
    CREATE INDEX access_representation_patient ON access_representation (patient);
    CREATE UNIQUE INDEX access_representation_self ON access_representation (patient) WHERE relation = 'self';
    """

_CREDENTIALS = """
    CREATE TABLE access_password (
        account uuid PRIMARY KEY REFERENCES access_account ON DELETE CASCADE,
        hash text NOT NULL,
        changed_at timestamptz NOT NULL
    );
    CREATE TABLE access_passkey (
        id bytea PRIMARY KEY,
        account uuid NOT NULL REFERENCES access_account ON DELETE CASCADE,
        name text NOT NULL,
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL,
        synced boolean NOT NULL,
        created_at timestamptz NOT NULL,
        used_at timestamptz
    );
    CREATE INDEX access_passkey_account ON access_passkey (account);
    CREATE TABLE access_totp (
        account uuid PRIMARY KEY REFERENCES access_account ON DELETE CASCADE,
        sealed bytea NOT NULL,
        confirmed_at timestamptz,
        last_step bigint NOT NULL DEFAULT 0
    );
    CREATE TABLE access_recovery_code (
        account uuid NOT NULL REFERENCES access_account ON DELETE CASCADE,
        hash bytea NOT NULL,
        used_at timestamptz,
        PRIMARY KEY (account, hash)
    );
    CREATE TABLE access_phone_code (
        phone text PRIMARY KEY,
        hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        tries integer NOT NULL
    );
    CREATE TABLE access_attempt (
        subject bytea PRIMARY KEY,
        failures integer NOT NULL,
        last_at timestamptz NOT NULL,
        blocked_until timestamptz NOT NULL
    );
    CREATE TABLE access_spent (
        hash bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
    );
    CREATE INDEX access_spent_expiry ON access_spent (expires_at);
    """

# Who signed in by a link of the console before accounts were, did so as the console; a token's name was its program.
_SESSIONS = """
    INSERT INTO access_account (id, kind, name, state, created_at, created_by)
    VALUES (gen_random_uuid(), 'console', 'console', 'active', now(), 'console');
    INSERT INTO access_account (id, kind, name, state, created_at, created_by)
    SELECT gen_random_uuid(), 'program', name, 'active', min(created_at), 'console'
    FROM access_session WHERE kind = 'program' GROUP BY name;
    INSERT INTO access_membership (account, role)
    SELECT id, 'integration' FROM access_account WHERE kind = 'program';

    ALTER TABLE access_link
        DROP CONSTRAINT access_link_kind_check,
        ADD CHECK (kind IN ('user', 'device', 'invitation')),
        ADD COLUMN account uuid REFERENCES access_account ON DELETE CASCADE,
        ADD COLUMN methods text[] NOT NULL DEFAULT '{}';
    UPDATE access_link SET account = (SELECT id FROM access_account WHERE kind = 'console');
    ALTER TABLE access_link ALTER COLUMN account SET NOT NULL;

    ALTER TABLE access_session
        DROP CONSTRAINT access_session_kind_check,
        ADD CHECK (kind IN ('user', 'device', 'program', 'app', 'guest')),
        ALTER COLUMN secret_hash DROP NOT NULL,
        ADD COLUMN account uuid REFERENCES access_account ON DELETE CASCADE,
        ADD COLUMN methods text[] NOT NULL DEFAULT '{}',
        ADD COLUMN authenticated_at timestamptz,
        ADD COLUMN agent text NOT NULL DEFAULT '',
        ADD COLUMN client text,
        ADD COLUMN parent uuid REFERENCES access_session ON DELETE CASCADE,
        ADD COLUMN scopes text[],
        ADD COLUMN patient text,
        ADD COLUMN path text,
        ADD COLUMN http_methods text[];
    UPDATE access_session s SET authenticated_at = s.created_at, account = (
        SELECT a.id FROM access_account a
        WHERE CASE WHEN s.kind = 'program' THEN a.kind = 'program' AND a.name = s.name ELSE a.kind = 'console' END);
    ALTER TABLE access_session
        ALTER COLUMN account SET NOT NULL,
        ALTER COLUMN authenticated_at SET NOT NULL;
    CREATE INDEX access_session_account ON access_session (account);
    """
