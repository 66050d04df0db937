"""The facts of records that look something up, as functions: a statement that inlined their look-ups spent twice as
long on preparing fifteen sub-plans as on the read itself, and then carried out two of them.

What a function finds that holds for all of a patient's record it leaves in a setting of the transaction, by caller and
patient: most statements meet many rows of one patient, and looking at the setting costs a fraction of the look-up.
"""

from xinglin.foundation.database import execute_script

revision = "policy_0002"
down_revision = "policy_0001"
branch_labels = None
depends_on = None

_OURS = "party = ANY(current_setting('xinglin.parties')::text[]) AND until > now()"
_OF_PATIENTS = {
    "emergency": "broken_glass WHERE account = current_setting('xinglin.account') AND patient = of AND until > now()",
    "treating": f"care_relation WHERE patient = of AND {_OURS} AND in_person",
    "department": f"care_relation WHERE patient = of AND {_OURS} AND NOT in_person",
    "guarded": "guarded_patient WHERE patient = of",
}
_FITS = """now() BETWEEN {rule}.since AND {rule}.until
                    AND ({rule}.types IS NULL OR asked = ANY({rule}.types))
                    AND ({rule}.marks = 0 OR {rule}.marks & marked <> 0)
                    AND ({rule}.purposes IS NULL OR current_setting('xinglin.purpose') = ANY({rule}.purposes))"""
_OF_CONSENTS = {
    "permitted": ("permit", "c.parties && ours"),
    "denied": ("deny", "(c.parties IS NULL OR c.parties && ours)"),
}


def upgrade() -> None:
    execute_script(
        """
        CREATE FUNCTION fact_found(fact text, of text, holds boolean) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            RETURN set_config('xinglin.' || fact, current_setting('xinglin.account') || ' ' || of
                || CASE WHEN holds THEN '+' ELSE '-' END, true) IS NOT NULL AND holds;
        END $$;
        """
    )
    for name, where in _OF_PATIENTS.items():
        execute_script(
            f"""
        CREATE FUNCTION fact_{name}(of text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN fact_found('{name}', of, EXISTS (SELECT FROM {where}));
        END $$;
        """
        )
    for name, (decision, by_whom) in _OF_CONSENTS.items():
        execute_script(
            f"""
        CREATE FUNCTION fact_{name}(asked text, of text, marked smallint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        DECLARE
            ours text[];
        BEGIN
            IF NOT EXISTS (SELECT FROM consent_rule WHERE patient = of AND decision = '{decision}') THEN
                RETURN fact_found('{name}', of, false);
            END IF;
            ours := current_setting('xinglin.parties')::text[];
            RETURN EXISTS (
                SELECT FROM consent_rule c
                WHERE c.patient = of AND c.decision = '{decision}' AND {by_whom} AND {_FITS.format(rule="c")}
                    AND NOT EXISTS (
                        SELECT FROM consent_rule e
                        WHERE e.source = c.source AND e.depth > c.depth AND e.decision <> c.decision
                            AND {_FITS.format(rule="e")}
                            AND (e.parties IS NULL OR e.parties && ours OR ('in-care' = ANY(e.parties) AND EXISTS (
                                SELECT FROM care_relation r
                                WHERE r.patient = of AND r.party = ANY(ours) AND r.until > now())))));
        END $$;
        """  # noqa: S608 - constants
        )
