"""Bills, payment orders and the ledger. The node's role can add to the ledger and read it, never change or remove; that
the lines of an entry sum to nothing is seen to here, whoever writes them."""

from xinglin.foundation.database import execute_script

revision = "settlement_0001"
down_revision = None
branch_labels = ("settlement",)
depends_on = None

_TABLES = (
    "settlement_account",
    "settlement_invoice",
    "settlement_order",
    "settlement_refund",
    "settlement_notice",
    "ledger_entry",
    "ledger_line",
)


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE settlement_account (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            encounter text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            opened_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, encounter)
        );
        CREATE INDEX settlement_account_patient ON settlement_account (tenant, patient, opened_at);

        CREATE TABLE settlement_invoice (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            id text COLLATE "C" NOT NULL,
            encounter text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            place integer NOT NULL CHECK (place > 0),
            state text COLLATE "C" NOT NULL CHECK (state IN ('draft', 'issued', 'balanced', 'withdrawn')),
            lines json NOT NULL,
            total_fen bigint NOT NULL CHECK (total_fen >= 0),
            made_at timestamptz NOT NULL,
            paid_at timestamptz,
            PRIMARY KEY (tenant, id),
            UNIQUE (tenant, encounter, place)
        );
        CREATE UNIQUE INDEX settlement_invoice_draft ON settlement_invoice (tenant, encounter) WHERE state = 'draft';
        CREATE INDEX settlement_invoice_paid ON settlement_invoice (tenant, paid_at);

        CREATE TABLE settlement_order (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            id text COLLATE "C" NOT NULL,
            invoice text COLLATE "C" NOT NULL,
            encounter text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            way text COLLATE "C" NOT NULL CHECK (way IN ('online', 'cash')),
            amount_fen bigint NOT NULL CHECK (amount_fen > 0),
            state text COLLATE "C" NOT NULL CHECK (state IN ('created', 'open', 'paid', 'cancelled')),
            pay_url text NOT NULL DEFAULT '',
            provider_order text COLLATE "C" NOT NULL DEFAULT '',
            made_by text NOT NULL,
            made_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            paid_at timestamptz,
            asked_times integer NOT NULL DEFAULT 0,
            ask_at timestamptz,
            PRIMARY KEY (tenant, id)
        );
        CREATE UNIQUE INDEX settlement_order_live ON settlement_order (tenant, invoice)
            WHERE state IN ('created', 'open');
        CREATE INDEX settlement_order_invoice ON settlement_order (tenant, invoice);
        CREATE INDEX settlement_order_ask ON settlement_order (tenant, ask_at) WHERE ask_at IS NOT NULL;
        CREATE INDEX settlement_order_paid ON settlement_order (tenant, paid_at);

        CREATE TABLE settlement_refund (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            id text COLLATE "C" NOT NULL,
            order_id text COLLATE "C" NOT NULL,
            invoice text COLLATE "C" NOT NULL,
            amount_fen bigint NOT NULL CHECK (amount_fen > 0),
            reason text NOT NULL CHECK (reason <> ''),
            credits boolean NOT NULL,
            state text COLLATE "C" NOT NULL CHECK (state IN ('asked', 'done', 'refused')),
            said text NOT NULL DEFAULT '',
            made_by text NOT NULL,
            made_at timestamptz NOT NULL,
            done_at timestamptz,
            asked_times integer NOT NULL DEFAULT 0,
            ask_at timestamptz,
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX settlement_refund_order ON settlement_refund (tenant, order_id);
        CREATE INDEX settlement_refund_made ON settlement_refund (tenant, made_at);
        CREATE INDEX settlement_refund_ask ON settlement_refund (tenant, ask_at) WHERE ask_at IS NOT NULL;

        CREATE TABLE settlement_notice (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            id text COLLATE "C" NOT NULL,
            order_id text COLLATE "C" NOT NULL,
            outcome text COLLATE "C" NOT NULL,
            amount_fen bigint NOT NULL,
            currency text COLLATE "C" NOT NULL,
            heard_at timestamptz NOT NULL,
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX settlement_notice_heard ON settlement_notice (tenant, heard_at);

        CREATE TABLE ledger_entry (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            id bigint GENERATED ALWAYS AS IDENTITY,
            kind text COLLATE "C" NOT NULL CHECK (kind IN ('invoice', 'withdrawal', 'payment', 'refund', 'credit')),
            key text COLLATE "C" NOT NULL,
            invoice text COLLATE "C" NOT NULL,
            at timestamptz NOT NULL,
            made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
            PRIMARY KEY (tenant, id),
            UNIQUE (tenant, kind, key)
        );
        CREATE INDEX ledger_entry_invoice ON ledger_entry (tenant, invoice);
        CREATE INDEX ledger_entry_at ON ledger_entry (tenant, at);
        COMMENT ON TABLE ledger_entry IS 'append-only';

        CREATE TABLE ledger_line (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            entry bigint NOT NULL,
            account text COLLATE "C" NOT NULL CHECK (account IN ('receivable', 'revenue', 'online', 'cash')),
            amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
            PRIMARY KEY (tenant, entry, account),
            FOREIGN KEY (tenant, entry) REFERENCES ledger_entry (tenant, id)
        );
        COMMENT ON TABLE ledger_line IS 'append-only';

        CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = public, pg_temp AS $$
        DECLARE
            of_entry bigint := CASE TG_TABLE_NAME WHEN 'ledger_entry' THEN to_jsonb(NEW)->>'id'
                               ELSE to_jsonb(NEW)->>'entry' END;
            total numeric;
        BEGIN
            SELECT sum(amount_fen) INTO total FROM ledger_line WHERE tenant = NEW.tenant AND entry = of_entry;
            IF total IS DISTINCT FROM 0 THEN
                RAISE EXCEPTION 'the lines of entry % sum to %, not to 0', of_entry, coalesce(total::text, 'nothing')
                    USING ERRCODE = 'check_violation';
            END IF;
            IF (SELECT made_in FROM ledger_entry WHERE tenant = NEW.tenant AND id = of_entry)
                <> pg_current_xact_id() THEN
                RAISE EXCEPTION 'entry % is written; make another that reverses it', of_entry
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$;

        CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
        CREATE CONSTRAINT TRIGGER ledger_line_balances AFTER INSERT ON ledger_line
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();

        CREATE FUNCTION ledger_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'what is in the ledger stays; make an entry that reverses it'
                USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER ledger_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
            FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();
        CREATE TRIGGER ledger_line_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line
            FOR EACH STATEMENT EXECUTE FUNCTION ledger_stays();

        DO $$
        DECLARE granted record;
        BEGIN
            FOR granted IN
                SELECT DISTINCT table_name, grantee FROM information_schema.role_table_grants
                WHERE table_name IN ('ledger_entry', 'ledger_line') AND grantee <> current_user
            LOOP
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', granted.table_name, granted.grantee);
            END LOOP;
        END $$;
        """
    )
    for table in _TABLES:
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
