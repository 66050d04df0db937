"""The audit trail: what was accessed, its chain, and the anchors of the chain. The node's role can add and read, never
change or remove."""

from xinglin.foundation.database import execute_script

revision = "audit_0001"
down_revision = None
branch_labels = ("audit",)
depends_on = None


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE audit_intake (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            entries bytea NOT NULL
        );

        CREATE TABLE audit_entry (
            sequence bigint PRIMARY KEY,
            tenant integer NOT NULL,
            recorded timestamptz NOT NULL,
            principal text COLLATE "C",
            name text COLLATE "C",
            action text COLLATE "C" NOT NULL,
            interaction text COLLATE "C" NOT NULL,
            focus text COLLATE "C",
            status smallint NOT NULL,
            emergency boolean NOT NULL,
            resources text[] COLLATE "C" NOT NULL,
            patients text[] COLLATE "C" NOT NULL,
            detail json NOT NULL,
            digest text NOT NULL CHECK (digest IN ('sha256', 'sm3')),
            hash bytea NOT NULL
        );
        CREATE INDEX audit_entry_principal ON audit_entry (principal, sequence);
        CREATE INDEX audit_entry_name ON audit_entry (name, sequence);
        CREATE INDEX audit_entry_recorded ON audit_entry (recorded, sequence);
        CREATE INDEX audit_entry_touched ON audit_entry USING gin (patients, resources)
            WITH (fastupdate = on, gin_pending_list_limit = 1024);
        COMMENT ON TABLE audit_entry IS 'append-only';

        CREATE TABLE audit_anchor (
            sequence bigint PRIMARY KEY,
            hash bytea NOT NULL,
            at timestamptz NOT NULL,
            node text NOT NULL,
            key text NOT NULL,
            signature bytea NOT NULL
        );
        COMMENT ON TABLE audit_anchor IS 'append-only';

        ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_tenant ON audit_entry FOR SELECT USING (tenant = current_setting('xinglin.tenant')::integer);
        CREATE POLICY of_any_tenant ON audit_entry FOR INSERT WITH CHECK (true);

        CREATE FUNCTION audit_head() RETURNS TABLE (sequence bigint, hash bytea)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT * FROM (
                (SELECT e.sequence, e.hash FROM audit_entry e ORDER BY e.sequence DESC LIMIT 1)
                UNION ALL
                (SELECT a.sequence, a.hash FROM audit_anchor a ORDER BY a.sequence DESC LIMIT 1)
            ) AS ends ORDER BY 1 DESC LIMIT 1
        $$;

        CREATE FUNCTION audit_forget(up_to bigint) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE
            removed bigint;
        BEGIN
            IF NOT EXISTS (
                SELECT FROM audit_anchor WHERE sequence = up_to AND at < now() - interval '183 days'
            ) OR EXISTS (
                SELECT FROM audit_entry WHERE sequence <= up_to AND recorded > now() - interval '183 days'
            ) THEN
                RAISE EXCEPTION 'the audit trail is kept for 183 days at least, and forgotten up to an anchor'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            DELETE FROM audit_entry WHERE sequence <= up_to;
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN removed;
        END $$;

        DO $$
        DECLARE granted record;
        BEGIN
            FOR granted IN
                SELECT DISTINCT table_name, grantee FROM information_schema.role_table_grants
                WHERE table_name IN ('audit_entry', 'audit_anchor') AND grantee <> current_user
            LOOP
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', granted.table_name, granted.grantee);
            END LOOP;
        END $$;
        """
    )
