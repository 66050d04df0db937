"""Who cares for whom, what patients consented to, and who broke the glass: what rules of access rest on."""

from xinglin.foundation.database import execute_script

revision = "policy_0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("care_relation", "consent_rule", "guarded_patient", "broken_glass")


def upgrade() -> None:
    execute_script(
        """
        CREATE TABLE care_relation (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            source text COLLATE "C" NOT NULL,
            patient text COLLATE "C" NOT NULL,
            party text COLLATE "C" NOT NULL,
            in_person boolean NOT NULL,
            until timestamptz NOT NULL,
            PRIMARY KEY (tenant, source, patient, party)
        );
        CREATE INDEX care_relation_party ON care_relation (party, patient, until, in_person);
        CREATE INDEX care_relation_patient ON care_relation (patient, party, until, in_person);

        CREATE TABLE consent_rule (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            source text COLLATE "C" NOT NULL,
            place integer NOT NULL,
            depth smallint NOT NULL,
            patient text COLLATE "C" NOT NULL,
            decision text NOT NULL CHECK (decision IN ('permit', 'deny')),
            types text[],
            marks smallint NOT NULL,
            parties text[],
            purposes text[],
            since timestamptz NOT NULL,
            until timestamptz NOT NULL,
            PRIMARY KEY (tenant, source, place)
        );
        CREATE INDEX consent_rule_patient ON consent_rule (patient, decision);

        CREATE TABLE guarded_patient (
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            patient text COLLATE "C" NOT NULL,
            PRIMARY KEY (tenant, patient)
        );

        CREATE TABLE broken_glass (
            id uuid PRIMARY KEY,
            tenant integer NOT NULL DEFAULT current_setting('xinglin.tenant')::integer,
            account text NOT NULL,
            account_name text NOT NULL,
            patient text COLLATE "C" NOT NULL,
            reason text NOT NULL,
            began_at timestamptz NOT NULL,
            until timestamptz NOT NULL,
            reviewed_at timestamptz,
            reviewed_by text,
            verdict text CHECK (verdict IN ('justified', 'unjustified')),
            remark text
        );
        CREATE INDEX broken_glass_account ON broken_glass (account, patient, until);
        CREATE INDEX broken_glass_unreviewed ON broken_glass (began_at) WHERE reviewed_at IS NULL;

        CREATE TABLE law_version (
            number integer PRIMARY KEY,
            text text NOT NULL,
            note text NOT NULL,
            author text NOT NULL,
            made_at timestamptz NOT NULL
        );
        """
    )
    for table in _TABLES:
        execute_script(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            CREATE POLICY own_tenant ON {table} USING (tenant = current_setting('xinglin.tenant')::integer);
            """
        )
